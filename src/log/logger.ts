import type { Logger } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { createJsonLogger } from './json-logger.js';
import type { LogOutputOptions } from './log-output.js';

export type { Logger } from 'pino';

export interface LogOptions {
  logLevel: string;
  /** `auto` is pretty on a terminal and JSON elsewhere. */
  logFormat: 'auto' | 'json' | 'pretty';
}

/**
 * The process's logger, writing to a file descriptor synchronously: nothing is lost when the process ends.
 *
 * @param fd 1, or 2 where stdout carries a protocol
 * @param onLost called once, when a line can't be written; without it the process gets a SIGTERM
 */
export function createLogger(
  { logLevel, logFormat }: LogOptions,
  fd: 1 | 2 = 1,
  onLost?: LogOutputOptions['onLost'],
): Logger {
  const stream = fd === 1 ? process.stdout : process.stderr;
  const forPeople = logFormat === 'pretty' || (logFormat === 'auto' && stream.isTTY);
  // Its formatter alone: its stream swallows EPIPE, and every other error too once a line was lost.
  const format = forPeople
    ? prettyFactory({ colorize: stream.isTTY === true, ignore: 'pid,hostname' })
    : undefined;
  return createJsonLogger(logLevel, fd, { format, onLost });
}

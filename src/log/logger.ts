import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import { createJsonLogger, loggerOptions } from './json-logger.js';

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
 */
export function createLogger({ logLevel, logFormat }: LogOptions, fd: 1 | 2 = 1): Logger {
  const stream = fd === 1 ? process.stdout : process.stderr;
  const forPeople = logFormat === 'pretty' || (logFormat === 'auto' && stream.isTTY);
  if (!forPeople) return createJsonLogger(logLevel, fd);
  return pino(
    loggerOptions(logLevel),
    pretty({ destination: fd, sync: true, colorize: stream.isTTY === true, ignore: 'pid,hostname' }),
  );
}

import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

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
  const options = { level: logLevel, timestamp: pino.stdTimeFunctions.isoTime };
  if (!forPeople) return pino(options, pino.destination({ fd, sync: true }).on('error', stopWithoutLog()));
  return pino(
    options,
    pretty({ destination: fd, sync: true, colorize: stream.isTTY === true, ignore: 'pid,hostname' }),
  );
}

/**
 * As in `start | head`, or on a disk that is full: pino itself goes on, and a worker must not do so unseen. A record that
 * is skipped would leave no trace.
 */
function stopWithoutLog(): (error: Error) => void {
  let stopping = false;
  return ({ message }) => {
    // Every line fails from then on, and a second SIGTERM would end the worker without final checkpoints.
    if (stopping) return;
    stopping = true;
    process.stderr.write(`cross-account-kcl: the log can't be written (${message}): stopping\n`);
    process.kill(process.pid, 'SIGTERM');
  };
}

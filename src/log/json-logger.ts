import { type Logger, pino } from 'pino';
import { errorForLog } from './error-serializer.js';

export function loggerOptions(level: string) {
  return { level, timestamp: pino.stdTimeFunctions.isoTime, serializers: { err: errorForLog } };
}

/**
 * A logger of JSON lines, by itself so that what never writes for people needs no more: a Lambda function's start is
 * paid by its size.
 */
export function createJsonLogger(level: string, fd: 1 | 2 = 1): Logger {
  return pino(loggerOptions(level), pino.destination({ fd, sync: true }).on('error', stopWithoutLog()));
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

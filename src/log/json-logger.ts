import { type Logger, pino } from 'pino';
import { errorForLog } from './error-serializer.js';
import { LogOutput, type LogOutputOptions } from './log-output.js';

export function loggerOptions(level: string) {
  return { level, timestamp: pino.stdTimeFunctions.isoTime, serializers: { err: errorForLog } };
}

/**
 * A logger of JSON lines, by itself so that what never writes for people needs no more: a Lambda function's start is
 * paid by its size.
 *
 * @param fd 1, or 2 where stdout carries a protocol
 */
export function createJsonLogger(level: string, fd: 1 | 2 = 1, options: LogOutputOptions = {}): Logger {
  return pino(loggerOptions(level), new LogOutput(fd, options));
}

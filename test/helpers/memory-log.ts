import { type Logger, pino } from 'pino';
import { loggerOptions } from '../../src/log/json-logger.js';

export interface Line {
  level: number;
  msg?: string;
  err?: { type?: string; message: string; stack: string };
  [field: string]: unknown;
}

export interface MemoryLog {
  logger: Logger;
  lines: Line[];
  /** The messages of that level or above, oldest first. */
  messages(level: 'info' | 'warn' | 'error'): string[];
}

/**
 * A logger that keeps what it is given, as it would be written.
 *
 * @param onLine called with each line, within the call that logs it
 */
export function memoryLog(onLine: (text: string) => void = () => {}): MemoryLog {
  const lines: Line[] = [];
  const write = (text: string) => {
    lines.push(JSON.parse(text) as Line);
    onLine(text);
  };
  const logger = pino(loggerOptions('trace'), { write });
  return {
    logger,
    lines,
    messages: (level) =>
      lines.filter((line) => line.level >= (logger.levels.values[level] ?? 0)).map(({ msg }) => msg ?? ''),
  };
}

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

/** A logger that keeps what it is given, as it would be written. */
export function memoryLog(): MemoryLog {
  const lines: Line[] = [];
  const logger = pino(loggerOptions('trace'), { write: (text) => void lines.push(JSON.parse(text) as Line) });
  return {
    logger,
    lines,
    messages: (level) =>
      lines.filter((line) => line.level >= (logger.levels.values[level] ?? 0)).map(({ msg }) => msg ?? ''),
  };
}

import { writeSync } from 'node:fs';
import { pino } from 'pino';
import { hideSecrets } from '../errors/secrets.js';

export interface LogOutputOptions {
  /** Makes the text of a line of JSON; without it the line is written as it is. */
  format?: ((line: string) => string) | undefined;
  /**
   * Called once, when a line can't be written; without it the process gets a SIGTERM. It is called within the logging of
   * that line: a caller that passes a record on may look afterwards whether the log has its trace.
   */
  onLost?: ((error: Error) => void) | undefined;
}

/** pino's. */
const WARN = 40;

/**
 * Where the log goes, in any format: a file descriptor, written to synchronously. As in `start | head`, or on a disk that
 * is full, a line may be lost: pino itself continues, and a worker must not do so unseen, since a record that is skipped
 * would leave no trace. Secrets are hidden, in KCL's lines too.
 */
export class LogOutput {
  readonly #fd: 1 | 2;
  readonly #format: (line: string) => string;
  readonly #onLost: (error: Error) => void;
  readonly #destination;
  #line = '';
  #lost = false;

  constructor(fd: 1 | 2, { format, onLost }: LogOutputOptions = {}) {
    this.#fd = fd;
    this.#format = format ?? ((line) => line);
    this.#onLost = onLost ?? (() => process.kill(process.pid, 'SIGTERM'));
    this.#destination = pino.destination({ fd, sync: true });
    this.#destination.on('error', (error) => this.#fail(error));
    // What the handler prints goes there too.
    (fd === 1 ? process.stdout : process.stderr).on('error', (error) => this.#fail(error));
  }

  write(text: string): void {
    const line = hideSecrets(text);
    if (this.#lost) return this.#spill(line);
    this.#line = line;
    this.#destination.write(this.#format(line));
    this.#line = '';
  }

  #fail(error: Error): void {
    if (this.#lost) return;
    this.#lost = true;
    toStderr(`cross-account-kcl: the log can't be written (${error.message}): stopping\n`);
    this.#spill(this.#line);
    this.#onLost(error);
  }

  /** What matters of the lines that have no place any more. */
  #spill(line: string): void {
    const [, level = 0] = /^\{"level":(\d+)/.exec(line) ?? [];
    if (this.#fd === 1 && Number(level) >= WARN) toStderr(line);
  }
}

function toStderr(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // Nothing is left to write to; the exit code says it.
  }
}

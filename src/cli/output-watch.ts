import { setImmediate as nextTurn } from 'node:timers/promises';
import { ExitCode } from '../errors/exit-codes.js';

/** Notices that what a command prints could not be written; a worker's log notices that by itself too. */
export class OutputWatch {
  #lost: Error | undefined;

  constructor() {
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      // `cross-account-kcl start --help | head` is no failure: who reads has had enough.
      if (error.code !== 'EPIPE') this.#lost ??= error;
    });
    // Nothing is left to say it on, and the exit code must stay that of the reason.
    process.stderr.on('error', () => {});
  }

  /** The process's exit code after the last write. Half a policy in a file must not pass for a whole one. */
  async exitCodeAfter(exitCode: number): Promise<number> {
    await nextTurn(); // a write's error comes after it
    if (this.#lost === undefined || exitCode !== ExitCode.ok) return exitCode;
    process.stderr.write(`cross-account-kcl: the output can't be written (${this.#lost.message})\n`);
    return ExitCode.log;
  }
}

import { constants } from 'node:os';
import { ExitCode } from '../errors/exit-codes.js';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

export interface StopRequest {
  /** Undefined where the log could not be written. */
  signal: NodeJS.Signals | undefined;
  /** The second signal: no more waiting. */
  atOnce: boolean;
  /** For an end at once: 128 + the signal's number, as shells say it. */
  exitCode: number;
}

/**
 * SIGTERM and SIGINT from the moment of its making: a signal that comes before anybody listens is kept for the
 * listener. A log that can't be written asks for the same as a first signal, and never for the end at once: it may be
 * the same signal that has ended the log's reader (Ctrl-C in `start | tee`).
 */
export class StopSignals {
  #logLost: AbortSignal | undefined;
  #count = 0;
  #kept: StopRequest | undefined;
  #listener: ((request: StopRequest) => void) | undefined;

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
  }

  /** @param logLost aborted when a line of the log could not be written */
  alsoOnLostLog(logLost: AbortSignal): void {
    logLost.addEventListener('abort', this.#onLogLost, { once: true });
    this.#logLost = logLost;
    if (logLost.aborted) this.#onLogLost();
  }

  onStop(listener: (request: StopRequest) => void): void {
    this.#listener = listener;
    if (this.#kept) listener(this.#kept);
  }

  /** The first one, whenever it comes; later ones are kept for the next listener. */
  first(): Promise<StopRequest> {
    return new Promise((resolve) => this.onStop(resolve));
  }

  close(): void {
    this.#logLost?.removeEventListener('abort', this.#onLogLost);
    for (const signal of SIGNALS) process.removeListener(signal, this.#onSignal);
  }

  #onLogLost = (): void => {
    if (this.#kept === undefined) this.#ask({ signal: undefined, atOnce: false, exitCode: ExitCode.log });
  };

  #onSignal = (signal: NodeJS.Signals): void => {
    this.#count++;
    if (this.#count === 1 && this.#kept !== undefined) return; // it stops already
    this.#ask({ signal, atOnce: this.#count > 1, exitCode: 128 + constants.signals[signal] });
  };

  #ask(request: StopRequest): void {
    this.#kept = request;
    if (this.#listener) this.#listener(request);
    else if (request.atOnce) process.exit(request.exitCode);
  }
}

import { constants } from 'node:os';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

export interface StopRequest {
  signal: NodeJS.Signals;
  /** The second signal: no more waiting. */
  atOnce: boolean;
  /** 128 + the signal's number, as shells say it; for an end at once. */
  exitCode: number;
}

/**
 * SIGTERM and SIGINT from the moment of its making: a signal that comes before anybody listens is kept for the
 * listener.
 */
export class StopSignals {
  #count = 0;
  #kept: StopRequest | undefined;
  #listener: ((request: StopRequest) => void) | undefined;

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
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
    for (const signal of SIGNALS) process.removeListener(signal, this.#onSignal);
  }

  #onSignal = (signal: NodeJS.Signals): void => {
    this.#count++;
    const request = { signal, atOnce: this.#count > 1, exitCode: 128 + constants.signals[signal] };
    this.#kept = request;
    if (this.#listener) this.#listener(request);
    else if (request.atOnce) process.exit(request.exitCode);
  };
}

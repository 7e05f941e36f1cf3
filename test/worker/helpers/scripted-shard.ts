import { setImmediate as turn } from 'node:timers/promises';
import type { Checkpoint, CheckpointError, Position } from '../../../src/delivery/position.js';
import type { Shard } from '../../../src/worker/multilang/session.js';

/** A message of the daemon, what the shard checkpoints on it (undefined: without a position), and the daemon's answers. */
export interface Turn {
  readonly message: { readonly action: string };
  readonly checkpoints: readonly (Position | undefined)[];
  readonly answers: readonly (string | null)[];
}

/** Notes what a shard is called with, and makes the checkpoints of each turn one after the other. */
export class ScriptedShard implements Shard {
  readonly calls: unknown[] = [];
  readonly #turns: Turn[];

  constructor(turns: readonly Turn[]) {
    this.#turns = [...turns];
  }

  /** @param what was called, with its input */
  async run(what: unknown, checkpoint?: Checkpoint): Promise<void> {
    this.calls.push(what);
    await turn();
    for (const position of this.#turns.shift()?.checkpoints ?? []) {
      await checkpoint?.(position).then(
        () => this.calls.push('stored'),
        ({ reason }: CheckpointError) => this.calls.push(reason),
      );
    }
  }

  initialize = (from: Position) => this.run(['initialize', from]);
  deliver: Shard['deliver'] = (records, millisBehindLatest, checkpoint) =>
    this.run(['processRecords', records.slice(0, records.length), millisBehindLatest], checkpoint);
  shardEnded = (checkpoint: Checkpoint) => this.run('shardEnded', checkpoint);
  shutdownRequested = (checkpoint: Checkpoint) => this.run('shutdownRequested', checkpoint);
  leaseLost = () => this.run('leaseLost');
  disconnected = () => void this.calls.push('disconnected');
}

/** What a child wrote. */
export class Written {
  readonly lines: string[] = [];
  #taken = 0;

  add(line: string): void {
    this.lines.push(line);
  }

  /** The next message that was not yet taken, as soon as there is one. */
  async next(): Promise<{ action: string; sequenceNumber?: string | null }> {
    while (this.lines.length === this.#taken) await turn();
    return JSON.parse(this.lines[this.#taken++] as string);
  }
}

/** Plays the daemon, in lock-step as it is. @param send gives the child one line */
export async function converse(
  turns: readonly Turn[],
  written: Written,
  send: (line: string) => void,
): Promise<void> {
  for (const { message, answers } of turns) {
    const left = [...answers];
    send(JSON.stringify(message));
    for (let answer = await written.next(); answer.action !== 'status'; answer = await written.next()) {
      const { sequenceNumber } = answer;
      send(JSON.stringify({ action: 'checkpoint', sequenceNumber, error: left.shift() ?? null }));
    }
  }
}

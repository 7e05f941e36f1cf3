import type { Door } from '../../lab/gate/gate.js';
import type { Lab, RecordToPut } from '../../lab/lab.js';
import type { Env, FleetWorker } from './helpers/fleet-worker.js';
import type { SharedStream } from './helpers/shared-stream.js';
import type { Expected } from './judge.js';

/** A fault, and what is documented of it (docs/faults.md). */
export interface FaultCase extends Expected {
  /** As in the table, and for --only. */
  readonly name: string;
  /** Read through the owner's consumer; else by polling. */
  readonly fanOut?: boolean;
  readonly encrypted?: boolean;
  /** The reader has a queue for onFailure = send, and the workers are told its URL. */
  readonly failureQueue?: boolean;
  /** What a worker logs of it, at least as a warning (docs/faults.md); nothing, if it is not given. */
  readonly logs?: RegExp;
  /** Why it can't be done on this machine; undefined if it can. */
  skip?(): string | undefined;
  /** 2 unless given. */
  readonly shards?: number;
  /** 1 unless given; a worker that ends is started again, as a container would be. */
  readonly workers?: number;
  /** Of the workers; also a function of how often this worker was started before. HANDLER is the handler's module. */
  readonly env?: Env | ((starts: number) => Env);
  /**
   * Injects the fault and ends it. It is called when all shards are being read and checkpointed, while records are put;
   * they are until a while after it has returned. Then the rest must be handled.
   */
  disturb(scene: Scene): Promise<void>;
}

/** What a fault may be done to. */
export interface Scene {
  readonly lab: Lab;
  readonly stream: SharedStream;
  /** The workers' ways to the services; a fault here meets this case alone. */
  readonly kinesis: Door;
  readonly dynamodb: Door;
  readonly sqs: Door;
  readonly workers: readonly FleetWorker[];
  /** Records that were put until now. */
  put(): number;
  /** Puts these too, each as soon as it can be. */
  putAlso(records: readonly RecordToPut[]): Promise<void>;
  /** Puts no more until resumePuts(); resolves when the last one is put. */
  pausePuts(): Promise<void>;
  resumePuts(): void;
  /** Waits so long, while records are put. */
  wait(ms: number): Promise<void>;
  /** Waits until what was put until now is handled. @throws Error after two minutes */
  caughtUp(): Promise<void>;
  /** @throws Error after two minutes */
  until(what: string, holds: () => boolean | Promise<boolean>): Promise<void>;
}

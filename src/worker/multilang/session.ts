import { type Checkpoint, CheckpointError } from '../../delivery/position.js';
import type { ShardDelivery } from '../../delivery/shard-delivery.js';
import { cut } from '../../errors/cut.js';
import { ProtocolError } from '../../errors/errors.js';
import { type DaemonMessage, numberOf, toRecords } from './messages.js';

/** What a shard's messages are passed on to. */
export type Shard = Pick<
  ShardDelivery,
  'initialize' | 'deliver' | 'shardEnded' | 'shutdownRequested' | 'leaseLost' | 'disconnected'
>;

export interface SessionDependencies {
  /** Called at `initialize`. */
  takeShard(shardId: string): Shard;
  /** Writes a message to the daemon. */
  send(message: object): void;
  /** Called with the error that the work on a message failed with. The protocol has no answer for a failure. */
  fail(error: unknown): void;
}

/**
 * A child's conversation with the MultiLangDaemon about its one shard, in lock-step: each message is answered by a
 * status when its work is done; in between, only checkpoints go back and forth. Decision 0028 has why this is not done by
 * aws-kcl.
 */
export class MultilangSession {
  readonly #dependencies: SessionDependencies;
  #shard: Shard | undefined;
  #pendingCheckpoint: { resolve(): void; reject(error: Error): void } | undefined;

  constructor(dependencies: SessionDependencies) {
    this.#dependencies = dependencies;
  }

  /** @throws ProtocolError if the message is unknown, incomplete or out of turn */
  receive(message: DaemonMessage): void {
    const { action, error } = message;
    if (action === 'checkpoint') return this.#onCheckpointed(error);
    const { send, fail } = this.#dependencies;
    void this.#begin(message).then(() => send({ action: 'status', responseFor: action }), fail);
  }

  /** The daemon sends nothing more. */
  end(): void {
    this.#shard?.disconnected();
  }

  #begin(message: DaemonMessage): Promise<void> {
    switch (endOfKcl1(message) ?? message.action) {
      case 'initialize':
        return this.#initialize(message);
      case 'processRecords': {
        const millisBehindLatest = numberOf(message.millisBehindLatest);
        return this.#active.deliver(toRecords(message.records), millisBehindLatest, this.#checkpoint);
      }
      case 'leaseLost':
        return this.#active.leaseLost();
      case 'shardEnded':
        return this.#active.shardEnded(this.#checkpoint);
      case 'shutdownRequested':
        return this.#active.shutdownRequested(this.#checkpoint);
      default:
        throw new ProtocolError(
          `the daemon sent an unknown action: ${cut(JSON.stringify(message.action), 200)}`,
        );
    }
  }

  #initialize({ shardId, sequenceNumber, subSequenceNumber }: DaemonMessage): Promise<void> {
    if (typeof shardId !== 'string')
      throw new ProtocolError("the daemon sent 'initialize' without 'shardId'");
    this.#shard = this.#dependencies.takeShard(shardId);
    const from = {
      sequenceNumber: String(sequenceNumber),
      subSequenceNumber: numberOf(subSequenceNumber) ?? 0,
    };
    return this.#shard.initialize(from);
  }

  get #active(): Shard {
    if (this.#shard === undefined) throw new ProtocolError("a message came before 'initialize'");
    return this.#shard;
  }

  /** Without its sub-sequence number KCL would store 0, and a restart deliver the rest of a KPL aggregate again. */
  #checkpoint: Checkpoint = (position) =>
    new Promise((resolve, reject) => {
      if (this.#pendingCheckpoint !== undefined) {
        return reject(new CheckpointError('Busy', 'another checkpoint is not yet answered'));
      }
      this.#pendingCheckpoint = { resolve, reject };
      const { sequenceNumber = null, subSequenceNumber } = position ?? {};
      this.#dependencies.send({ action: 'checkpoint', sequenceNumber, subSequenceNumber });
    });

  /** @param error the name of KCL's exception; missing or null if the checkpoint is stored */
  #onCheckpointed(error: unknown): void {
    const pending = this.#pendingCheckpoint;
    if (pending === undefined) {
      throw new ProtocolError('the daemon answered a checkpoint that was not requested');
    }
    this.#pendingCheckpoint = undefined;
    if (error) pending.reject(new CheckpointError(String(error), 'reported by the daemon'));
    else pending.resolve();
  }
}

/** KCL 1.x has one message, with a reason, for the end of a shard and the loss of its lease. */
function endOfKcl1({ action, reason }: DaemonMessage): 'shardEnded' | 'leaseLost' | undefined {
  if (action !== 'shutdown') return undefined;
  if (reason === 'TERMINATE') return 'shardEnded';
  return reason === 'ZOMBIE' ? 'leaseLost' : undefined;
}

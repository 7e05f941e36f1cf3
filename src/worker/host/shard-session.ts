import type { Socket } from 'node:net';
import type { StreamArn } from '../../aws/arn.js';
import type { DeliveryOptions } from '../../delivery/delivery-options.js';
import { type Checkpoint, CheckpointError } from '../../delivery/position.js';
import { ShardDelivery } from '../../delivery/shard-delivery.js';
import { HandlerError, ProtocolError } from '../../errors/errors.js';
import { FrameReader } from './frame-reader.js';
import { FrameRecords } from './frame-records.js';
import { type ControlMessage, decodeControl, encodeControl, Frame } from './frames.js';
import {
  initialized,
  leaveReason,
  reasonFor,
  refusalOf,
  unknownMessage,
  welcome,
} from './launcher-messages.js';
import { LockStep } from './lock-step.js';

/** Deliveries of the streams that the launcher was told to read, and of no other. */
export interface SessionOptions extends DeliveryOptions {
  streams: readonly StreamArn[];
}

/**
 * One shard's connection from the launcher, in lock-step: each message is answered by `done` or `failed` before the
 * next one comes; in between, only checkpoints go back and forth. docs/protocol.md has the messages.
 */
export class ShardSession {
  readonly #socket: Socket;
  readonly #options: SessionOptions;
  readonly #reader = new FrameReader();
  readonly #step = new LockStep();
  #shard = '(not initialized)';
  #delivery: ShardDelivery | undefined;
  #refused = false;
  #pendingCheckpoint: { resolve(): void; reject(error: Error): void } | undefined;

  constructor(socket: Socket, options: SessionOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('data', (piece: Buffer) => this.#onData(piece));
    socket.on('end', () => this.#reader.midFrame && this.#warn('the connection ended within a frame'));
    socket.on('close', () => this.#onClose());
    socket.on('error', (err) => options.logger.warn({ err, shard: this.#shard }, 'connection failed'));
  }

  #onData(piece: Buffer): void {
    if (this.#refused) return; // read and thrown away, so that the reason still gets out
    try {
      for (const frame of this.#reader.push(piece)) {
        if (frame[0]?.[0] === Frame.records) this.#begin('records', () => this.#deliver(frame));
        else this.#onMessage(decodeControl(frame));
      }
    } catch (error) {
      this.#refuse(error as Error);
    }
  }

  async #deliver(frame: readonly Buffer[]): Promise<void> {
    const records = new FrameRecords(frame);
    await this.#active.deliver(records, records.millisBehindLatest, this.#checkpoint);
  }

  #onMessage(message: ControlMessage): void {
    if (message.type === 'leave') return this.#leave(message);
    // One that was asked for before the handler failed, say.
    if (message.type === 'checkpointed' && this.#pendingCheckpoint) return this.#onCheckpointed(message);
    this.#step.expectMore();
    switch (message.type) {
      case 'hello':
        return this.#begin('hello', () => this.#send(welcome(message)));
      case 'initialize':
        return this.#begin('initialize', () => this.#initialize(message));
      case 'shardEnded':
        return this.#begin('shardEnded', () => this.#active.shardEnded(this.#checkpoint));
      case 'shutdownRequested':
        return this.#begin('shutdownRequested', () => this.#active.shutdownRequested(this.#checkpoint));
      case 'leaseLost':
        return this.#begin('leaseLost', () => this.#active.leaseLost());
      case 'checkpointed':
        return this.#onCheckpointed(message);
      default:
        throw unknownMessage(message);
    }
  }

  /** Runs one message's work and answers it; refuses a message that is out of turn. */
  #begin(action: string, work: () => Promise<void> | void): void {
    this.#step.begin(action);
    const run = async () => {
      try {
        await work();
        this.#step.done();
        if (action !== 'hello') this.#send({ type: 'done', action });
      } catch (error) {
        this.#fail(error as Error);
      }
    };
    void run();
  }

  async #initialize(message: ControlMessage): Promise<void> {
    const { stream, shard, from } = initialized(message, this.#options.streams);
    this.#shard = shard;
    this.#delivery = new ShardDelivery(this.#options, stream, shard);
    await this.#delivery.initialize(from);
  }

  /** Comes at any time after `initialize`, also while a message is not yet answered, and has no answer. */
  #leave(message: ControlMessage): void {
    if (this.#delivery === undefined) throw new ProtocolError("'leave' came before 'initialize'");
    const reason = leaveReason(message);
    if (this.#step.isOver) return;
    this.#options.logger.info({ shard: this.#shard, reason }, 'leaving the shard');
    if (reason === 'leaseLost') this.#delivery.abandon('lease lost');
    else this.#delivery.leave('handed over');
  }

  get #active(): ShardDelivery {
    if (this.#delivery === undefined) throw new ProtocolError('the shard is not initialized');
    return this.#delivery;
  }

  #checkpoint: Checkpoint = (position) =>
    new Promise((resolve, reject) => {
      if (this.#socket.destroyed) return reject(gone());
      if (this.#pendingCheckpoint !== undefined) {
        return reject(new CheckpointError('Busy', 'another checkpoint is not yet answered'));
      }
      this.#pendingCheckpoint = { resolve, reject };
      this.#send({ type: 'checkpoint', ...position });
    });

  #onCheckpointed({ error }: ControlMessage): void {
    const pending = this.#pendingCheckpoint;
    if (pending === undefined) throw new ProtocolError("'checkpointed' came without a checkpoint asked for");
    this.#pendingCheckpoint = undefined;
    if (error === undefined) pending.resolve();
    else pending.reject(refusalOf(error));
  }

  #fail(error: Error): void {
    if (error instanceof ProtocolError) return this.#refuse(error);
    this.#options.logger.error({ err: error, shard: this.#shard }, error.message);
    this.#step.end();
    this.#options.stopping?.abort(); // the launcher will stop the worker
    const kind = error instanceof HandlerError ? 'handler' : 'checkpoint';
    this.#send({ type: 'failed', kind, reason: reasonFor(error) });
  }

  #refuse(error: Error): void {
    this.#options.logger.error({ err: error, shard: this.#shard }, 'the launcher broke the protocol');
    this.#step.end();
    this.#refused = true;
    this.#lose();
    this.#socket.end(encodeControl({ type: 'refused', reason: reasonFor(error) }));
  }

  #send(message: ControlMessage): void {
    // One small answer at a time, so what write() says of back-pressure does not matter.
    if (this.#socket.writable) this.#socket.write(encodeControl(message));
  }

  #onClose(): void {
    const { unanswered } = this.#step;
    if (unanswered !== undefined) this.#warn(`the connection ended before '${unanswered}' was answered`);
    this.#lose();
  }

  #lose(): void {
    this.#pendingCheckpoint?.reject(gone());
    this.#pendingCheckpoint = undefined;
    this.#delivery?.abandon('disconnected');
  }

  #warn(message: string): void {
    this.#options.logger.warn({ shard: this.#shard }, message);
  }
}

function gone(): CheckpointError {
  return new CheckpointError('ConnectionClosed', 'the launcher is gone');
}

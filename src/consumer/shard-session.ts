import type { Socket } from 'node:net';
import { inspect } from 'node:util';
import type { StreamArn } from '../aws/arn.js';
import type { DeliveryOptions } from '../delivery/delivery-options.js';
import { type Checkpoint, CheckpointError } from '../delivery/position.js';
import { ShardDelivery } from '../delivery/shard-delivery.js';
import { cut } from '../errors/cut.js';
import { HandlerError, ProtocolError } from '../errors/errors.js';
import { FrameReader } from './frame-reader.js';
import { type ControlMessage, decodeControl, decodeRecords, encodeControl, Frame } from './frames.js';

/** Deliveries of the streams that the launcher was told to read, and of no other. */
export interface SessionOptions extends DeliveryOptions {
  streams: readonly StreamArn[];
}

/** In characters. */
const MAX_REASON_LENGTH = 10_000;

interface PendingCheckpoint {
  resolve(): void;
  reject(error: Error): void;
}

/**
 * One shard's connection from the launcher, in lock-step: each message is answered by `done` or `failed` before the
 * next one comes; in between, only checkpoints go back and forth. docs/protocol.md has the messages.
 */
export class ShardSession {
  readonly #socket: Socket;
  readonly #options: SessionOptions;
  readonly #reader = new FrameReader();
  #state: 'hello' | 'initialize' | 'active' | 'over' = 'hello';
  #shard = '(not initialized)';
  #delivery: ShardDelivery | undefined;
  #busyWith: string | undefined;
  #refused = false;
  #pendingCheckpoint: PendingCheckpoint | undefined;

  constructor(socket: Socket, options: SessionOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('data', (piece: Buffer) => this.#onData(piece));
    socket.on('end', () => this.#onEnd());
    socket.on('close', () => this.#onClose());
    socket.on('error', (err) => options.logger.warn({ err, shard: this.#shard }, 'connection failed'));
  }

  #onData(piece: Buffer): void {
    if (this.#refused) return; // read and thrown away, so that the reason still gets out
    try {
      for (const frame of this.#reader.push(piece)) this.#onFrame(frame);
    } catch (error) {
      this.#refuse(error as Error);
    }
  }

  #onFrame(frame: readonly Buffer[]): void {
    const message = frame[0]?.[0] === Frame.records ? undefined : decodeControl(frame);
    if (message?.type === 'leave') return this.#leave(message);
    // One that was asked for before the handler failed, say.
    if (message?.type === 'checkpointed' && this.#pendingCheckpoint) return this.#onCheckpointed(message);
    if (this.#state === 'over') throw new ProtocolError('a frame came after the last message');
    if (message === undefined) return this.#begin('records', 'active', () => this.#deliver(frame));
    switch (message.type) {
      case 'hello':
        return this.#begin('hello', 'hello', () => this.#welcome(message));
      case 'initialize':
        return this.#begin('initialize', 'initialize', () => this.#initialize(message));
      case 'shardEnded':
        return this.#begin('shardEnded', 'active', () => this.#active.shardEnded(this.#checkpoint), 'over');
      case 'shutdownRequested':
        return this.#begin('shutdownRequested', 'active', () =>
          this.#active.shutdownRequested(this.#checkpoint),
        );
      case 'leaseLost':
        return this.#begin('leaseLost', 'active', () => this.#active.leaseLost(), 'over');
      case 'checkpointed':
        return this.#onCheckpointed(message);
      default:
        throw new ProtocolError(`unknown message ${shown(message.type)}`);
    }
  }

  /** Runs one message's work and answers it; refuses a message that is out of turn. */
  #begin(action: string, expected: string, work: () => Promise<void> | void, next?: 'over'): void {
    if (this.#busyWith !== undefined) {
      throw new ProtocolError(`'${action}' came while '${this.#busyWith}' was not yet answered`);
    }
    if (this.#state !== expected) {
      throw new ProtocolError(`'${action}' came in state '${this.#state}'`);
    }
    this.#busyWith = action;
    const run = async () => {
      try {
        await work();
        this.#busyWith = undefined;
        if (next !== undefined) this.#state = next;
        if (action !== 'hello') this.#send({ type: 'done', action });
      } catch (error) {
        this.#fail(error as Error);
      }
    };
    void run();
  }

  #welcome({ versions }: ControlMessage): void {
    if (!Array.isArray(versions) || !versions.includes(Frame.version)) {
      throw new ProtocolError(
        `the launcher speaks versions ${shown(versions)} of the protocol; expected ${Frame.version}`,
        { hint: 'Build the launcher and this package from the same release: ./scripts/build-launcher' },
      );
    }
    this.#state = 'initialize';
    this.#send({ type: 'welcome', version: Frame.version });
  }

  async #initialize({
    streamArn,
    shardId,
    sequenceNumber,
    subSequenceNumber,
  }: ControlMessage): Promise<void> {
    const { streams } = this.#options;
    const stream = streams.find(({ arn }) => arn === streamArn);
    if (stream === undefined) {
      throw new ProtocolError(
        `the launcher reads ${streamArn}; expected ${streams.map(({ arn }) => arn).join(' or ')}`,
      );
    }
    if (typeof shardId !== 'string') throw new ProtocolError("'initialize' has no 'shardId'");
    this.#shard = shardId;
    this.#delivery = new ShardDelivery(this.#options, stream, shardId);
    await this.#delivery.initialize({
      sequenceNumber: String(sequenceNumber),
      subSequenceNumber: Number(subSequenceNumber ?? 0),
    });
    this.#state = 'active';
  }

  /** Comes at any time after `initialize`, also while a message is not yet answered, and has no answer. */
  #leave({ reason }: ControlMessage): void {
    if (this.#delivery === undefined) throw new ProtocolError("'leave' came before 'initialize'");
    if (reason !== 'leaseLost' && reason !== 'handover') {
      throw new ProtocolError(`'leave' has the reason ${shown(reason)}; expected leaseLost or handover`);
    }
    if (this.#state === 'over') return;
    this.#options.logger.info({ shard: this.#shard, reason }, 'leaving the shard');
    if (reason === 'leaseLost') this.#delivery.abandon('lease lost');
    else this.#delivery.leave('handed over');
  }

  async #deliver(frame: readonly Buffer[]): Promise<void> {
    const { records, millisBehindLatest } = decodeRecords(frame);
    await this.#active.deliver(records, millisBehindLatest, this.#checkpoint);
  }

  get #active(): ShardDelivery {
    if (this.#delivery === undefined) throw new ProtocolError('the shard is not initialized');
    return this.#delivery;
  }

  #checkpoint: Checkpoint = (position) =>
    new Promise((resolve, reject) => {
      if (this.#socket.destroyed) {
        reject(new CheckpointError('ConnectionClosed', 'the launcher is gone'));
        return;
      }
      if (this.#pendingCheckpoint !== undefined) {
        reject(new CheckpointError('Busy', 'another checkpoint is not yet answered'));
        return;
      }
      this.#pendingCheckpoint = { resolve, reject };
      this.#send({ type: 'checkpoint', ...position });
    });

  #onCheckpointed({ error }: ControlMessage): void {
    const pending = this.#pendingCheckpoint;
    if (pending === undefined) throw new ProtocolError("'checkpointed' came without a checkpoint asked for");
    this.#pendingCheckpoint = undefined;
    if (error === undefined) return pending.resolve();
    pending.reject(refusalOf(error));
  }

  #fail(error: Error): void {
    if (error instanceof ProtocolError) return this.#refuse(error);
    this.#options.logger.error({ err: error, shard: this.#shard }, error.message);
    this.#state = 'over';
    this.#options.stopping?.abort(); // the launcher will stop the worker
    const kind = error instanceof HandlerError ? 'handler' : 'checkpoint';
    this.#send({ type: 'failed', kind, reason: forFrame(error) });
  }

  #refuse(error: Error): void {
    this.#options.logger.error({ err: error, shard: this.#shard }, 'the launcher broke the protocol');
    this.#state = 'over';
    this.#refused = true;
    this.#lose();
    this.#socket.end(encodeControl({ type: 'refused', reason: forFrame(error) }));
  }

  #send(message: ControlMessage): void {
    // One small answer at a time, so what write() says of back-pressure does not matter.
    if (this.#socket.writable) this.#socket.write(encodeControl(message));
  }

  #onEnd(): void {
    if (this.#reader.midFrame) {
      this.#options.logger.warn({ shard: this.#shard }, 'the connection ended within a frame');
    }
  }

  #onClose(): void {
    if (this.#busyWith !== undefined && this.#state !== 'over') {
      this.#options.logger.warn(
        { shard: this.#shard },
        `the connection ended before '${this.#busyWith}' was answered`,
      );
    }
    this.#lose();
  }

  #lose(): void {
    this.#pendingCheckpoint?.reject(new CheckpointError('ConnectionClosed', 'the launcher is gone'));
    this.#pendingCheckpoint = undefined;
    this.#delivery?.abandon('disconnected');
  }
}

/** Short enough for a control frame, even if JSON escapes every character. */
function forFrame(error: Error): string {
  return cut(error.message, MAX_REASON_LENGTH);
}

/** What the launcher sent, short enough for a frame and however deep it is. */
function shown(value: unknown): string {
  return inspect(value, { depth: 2, maxArrayLength: 10, maxStringLength: 200, breakLength: Infinity });
}

function refusalOf(error: unknown): CheckpointError {
  const { name, message } = (error ?? {}) as { name?: unknown; message?: unknown };
  if (typeof name !== 'string') {
    return new CheckpointError('Unknown', `refused without a reason: ${shown(error)}`);
  }
  return new CheckpointError(name, String(message ?? 'it says no more'));
}

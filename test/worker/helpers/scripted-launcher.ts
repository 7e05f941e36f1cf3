import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { FrameReader } from '../../../src/worker/host/frame-reader.js';
import { type ControlMessage, decodeControl, encodeControl } from '../../../src/worker/host/frames.js';
import { STREAM } from '../../helpers/stream.js';

/** Plays the launcher's end of one shard's connection. */
export class ScriptedLauncher {
  readonly socket: Socket;
  readonly closed: Promise<unknown>;
  readonly #reader = new FrameReader();
  readonly #received: ControlMessage[] = [];
  #wake = () => {};
  #ended = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('data', (piece: Buffer) => {
      for (const frame of this.#reader.push(piece)) this.#received.push(decodeControl(frame));
      this.#wake();
    });
    socket.on('end', () => {
      this.#ended = true;
      this.#wake();
    });
    socket.on('error', () => {}); // the other end may be gone: 'close' follows
  }

  /** It leaves its own half open when Node ends the connection: what is not read then must not matter. */
  static async connect(socketPath: string): Promise<ScriptedLauncher> {
    const socket = connect({ path: socketPath, allowHalfOpen: true });
    await once(socket, 'connect');
    return new ScriptedLauncher(socket);
  }

  /** A connection that has said hello. */
  static async greeted(socketPath: string): Promise<ScriptedLauncher> {
    const launcher = await ScriptedLauncher.connect(socketPath);
    await launcher.ask({ type: 'hello', versions: [1], maxFrameLength: 16_777_216 });
    return launcher;
  }

  /** A connection of a shard that is initialized. */
  static async active(socketPath: string): Promise<ScriptedLauncher> {
    const launcher = await ScriptedLauncher.greeted(socketPath);
    await launcher.ask(INITIALIZE);
    return launcher;
  }

  send(...messages: (ControlMessage | Buffer)[]): void {
    const frames = messages.map((message) => (Buffer.isBuffer(message) ? message : encodeControl(message)));
    this.socket.write(Buffer.concat(frames));
  }

  async ask(message: ControlMessage | Buffer): Promise<ControlMessage> {
    this.send(message);
    return await this.next();
  }

  /** Node's next message; its type is `(end)` when there are no more. */
  async next(): Promise<ControlMessage> {
    while (this.#received.length === 0) {
      if (this.#ended) return { type: '(end)' };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#received.shift() as ControlMessage;
  }

  /** Ends as a killed process does. */
  cut(): void {
    this.socket.destroy();
  }
}

export const INITIALIZE = {
  type: 'initialize',
  streamArn: STREAM.arn,
  shardId: 'shardId-000000000003',
  sequenceNumber: 'TRIM_HORIZON',
  subSequenceNumber: 0,
};

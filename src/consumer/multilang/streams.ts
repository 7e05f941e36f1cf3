import { isUtf8 } from 'node:buffer';
import { Transform, Writable } from 'node:stream';
import { ProtocolError } from '../../errors/errors.js';
import { LineReader } from './line-reader.js';

/** Newer versions of Node's readline end a line at U+2028 and U+2029 too, and JSON may hold them as they are. */
const LINE_SEPARATORS = /[\u2028\u2029]/g;
/** What both begin with in UTF-8. */
const OF_A_SEPARATOR = Buffer.of(0xe2, 0x80);
/** KCL 1.x has one message, with a reason, for what KCL 2 and newer, and aws-kcl, have two for. */
const KCL1_SHUTDOWN = /^\s*\{"action":"shutdown","reason":"(ZOMBIE|TERMINATE)"\}\s*$/;
const KCL1_SHUTDOWN_MAX_BYTES = 100;

/**
 * What comes from the daemon, whole line by whole line, with the line separators in strings escaped, so that aws-kcl's
 * readline can't cut a message in two, and the `shutdown` of KCL 1.x in newer words.
 *
 * Fails with ProtocolError if a line is too long or not UTF-8.
 *
 * @param onKcl1Shutdown told of a `shutdown` before it is passed on
 */
export function protocolInput(reader = new LineReader(), onKcl1Shutdown = () => {}): Transform {
  const push = (input: Transform, line: Buffer) => {
    if (line.length === 0) return;
    const newer = withoutKcl1Shutdown(line);
    if (newer !== line) onKcl1Shutdown();
    input.push(withoutSeparators(newer));
  };
  return new Transform({
    transform(piece: Buffer, _encoding, done) {
      try {
        for (const line of reader.push(piece)) push(this, line);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
    flush(done) {
      try {
        push(this, reader.end());
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
}

/** The line as aws-kcl can read it. @throws ProtocolError if it is not UTF-8: a key would not be what the producer put */
export function withoutSeparators(line: Buffer): Buffer {
  if (!isUtf8(line)) throw new ProtocolError('the daemon sent a line that is not UTF-8');
  if (!line.includes(OF_A_SEPARATOR)) return line;
  const escaped = line
    .toString()
    .replace(LINE_SEPARATORS, (separator) => `\\u${separator.charCodeAt(0).toString(16)}`);
  return Buffer.from(escaped);
}

function withoutKcl1Shutdown(line: Buffer): Buffer {
  if (line.length > KCL1_SHUTDOWN_MAX_BYTES) return line;
  const [, reason] = KCL1_SHUTDOWN.exec(line.toString()) ?? [];
  if (reason === undefined) return line;
  return Buffer.from(`{"action":"${reason === 'TERMINATE' ? 'shardEnded' : 'leaseLost'}"}\n`);
}

/**
 * What goes to the daemon. aws-kcl sends a checkpoint without its sub-sequence number, after which KCL stores 0 and a
 * restart delivers the rest of a KPL aggregate again: it is added here. aws-kcl also takes `write() === false` for a
 * failure, which a buffer larger than any message prevents.
 */
export class ProtocolOutput extends Writable {
  /** Goes with the next checkpoint that has a sequence number. */
  subSequenceNumber = 0;
  /** A daemon of KCL 1.x waits for the answer to its `shutdown`. */
  answersKcl1Shutdown = false;
  readonly #stdout: (text: string, done: (error?: Error | null) => void) => void;

  constructor(stdout: (text: string, done: (error?: Error | null) => void) => void) {
    super({ highWaterMark: 1024 * 1024 });
    this.#stdout = stdout;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const message: Record<string, unknown> = JSON.parse(chunk.toString());
    if (message.action === 'checkpoint' && typeof message.sequenceNumber === 'string') {
      message.subSequenceNumber = this.subSequenceNumber;
    }
    if (message.action === 'status' && this.answersKcl1Shutdown) message.responseFor = 'shutdown';
    this.#stdout(`\n${JSON.stringify(message)}\n`, done);
  }
}

import { isUtf8 } from 'node:buffer';
import { Transform, Writable } from 'node:stream';
import { ProtocolError } from '../errors/errors.js';
import { LineReader } from './line-reader.js';

/** Newer versions of Node's readline end a line at U+2028 and U+2029 too, and JSON may hold them as they are. */
const LINE_SEPARATORS = /[\u2028\u2029]/g;
/** What both begin with in UTF-8. */
const OF_A_SEPARATOR = Buffer.of(0xe2, 0x80);

/**
 * What comes from the daemon, whole line by whole line, with the line separators in strings escaped, so that aws-kcl's
 * readline can't cut a message in two.
 *
 * Fails with ProtocolError if a line is too long or not UTF-8.
 */
export function protocolInput(reader = new LineReader()): Transform {
  const push = (input: Transform, line: Buffer) =>
    void (line.length > 0 && input.push(withoutSeparators(line)));
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

/**
 * What goes to the daemon. aws-kcl sends a checkpoint without its sub-sequence number, after which KCL stores 0 and a
 * restart delivers the rest of a KPL aggregate again: it is added here. aws-kcl also takes `write() === false` for a
 * failure, which a buffer larger than any message prevents.
 */
export class ProtocolOutput extends Writable {
  /** Goes with the next checkpoint that has a sequence number. */
  subSequenceNumber = 0;
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
    this.#stdout(`\n${JSON.stringify(message)}\n`, done);
  }
}

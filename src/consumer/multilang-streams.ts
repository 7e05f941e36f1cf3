import { Transform, Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** Newer versions of Node's readline end a line at these too, and JSON may hold them as they are. */
const LINE_SEPARATORS = /[\u2028\u2029]/g;

/**
 * What comes from the daemon, with the line separators in strings escaped, so that aws-kcl's readline can't cut a
 * message in two.
 */
export function protocolInput(): Transform {
  const decoder = new StringDecoder('utf8');
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const text = decoder.write(chunk);
      done(
        null,
        text.replace(LINE_SEPARATORS, (separator) => `\\u${separator.charCodeAt(0).toString(16)}`),
      );
    },
  });
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

import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fields } from '../iam/api-call.js';
import { AwsError } from './aws-error.js';
import type { Identity } from './identities.js';
import type { Streamed } from './kinesis.js';
import type { Answer } from './wire.js';

/** A call that is about to be asked of the policies. */
export interface GateCall {
  /** kinesis, dynamodb, kms, sts, or as AWS names it in calls. */
  readonly service: string;
  /** Such as GetRecords. */
  readonly operation: string;
  /** ARN of the stream, consumer, table or key; `*` or empty for calls that have none. */
  readonly resource: string;
  /** The request's own fields. */
  readonly fields: Fields;
  readonly identity: Identity;
}

/** What happens to a call instead of, or besides, its answer. */
export type Effect =
  /** AWS's error; the status is 400 unless given. */
  | { readonly error: string; readonly status?: number; readonly message?: string }
  /** It is answered, so much later. */
  | { readonly delayMs: number }
  /** Its connection is cut: before anything is answered, or after half of the answer. The call was made in the latter case. */
  | { readonly cut: 'before' | 'within' }
  /** It is not answered; the caller must lose patience. */
  | { readonly hang: true };

/** Looks at each call; undefined lets it pass. The first of several faults that has an effect counts. */
export type Fault = (call: GateCall) => Effect | undefined;

/** The connection is to be cut, as a network does it. */
export class CutConnection extends Error {
  override readonly name = 'CutConnection';
}

/** The faults that are in force. */
export class Faults {
  readonly #faults = new Set<{ fault: Fault }>();
  #disturbed = 0;

  /** Calls that a fault has had an effect on. */
  get disturbed(): number {
    return this.#disturbed;
  }

  /** @return ends it; may be called again */
  add(fault: Fault): () => void {
    const entry = { fault };
    this.#faults.add(entry);
    return () => this.#faults.delete(entry);
  }

  /**
   * Answers the call, with what the faults do to it.
   *
   * @throws AwsError | CutConnection
   */
  async apply(call: GateCall, serve: () => Promise<Answer | Streamed>): Promise<Answer | Streamed> {
    const effect = this.#effectOn(call);
    if (effect === undefined) return serve();
    this.#disturbed++;
    if ('error' in effect) {
      throw new AwsError(effect.error, effect.message ?? 'the lab: a fault', effect.status ?? 400);
    }
    if ('hang' in effect) return new Promise(() => {});
    if ('delayMs' in effect) {
      await sleep(effect.delayMs, undefined, { ref: false });
      return serve();
    }
    if (effect.cut === 'before') throw new CutConnection();
    return halved(await serve());
  }

  #effectOn(call: GateCall): Effect | undefined {
    for (const { fault } of this.#faults) {
      const effect = fault(call);
      if (effect !== undefined) return effect;
    }
    return undefined;
  }
}

/** Half of it, and then the cut; of what has no end, the first piece. */
function halved({ status, headers, body }: Answer | Streamed): Streamed {
  async function* half() {
    if (typeof body === 'string' || Buffer.isBuffer(body)) {
      const whole = Buffer.from(body);
      yield whole.subarray(0, Math.ceil(whole.length / 2));
    } else {
      for await (const piece of body) {
        yield piece as Buffer;
        break;
      }
    }
    // For the half to get away.
    await sleep(20);
    throw new CutConnection();
  }
  return { status, headers, body: Readable.from(half(), { objectMode: false }) };
}

import { setTimeout as sleep } from 'node:timers/promises';
import {
  GetRecordsCommand,
  type GetRecordsCommandOutput,
  GetShardIteratorCommand,
} from '@aws-sdk/client-kinesis';
import { isNamed, isOfKms } from '../../aws/known-errors/known-errors.js';
import { type Check, defineCheck, passed, type Verdict } from '../check.js';
import { failureOf } from '../failure.js';
import type { StreamTarget } from '../target.js';

/** What reading has shown about the key. */
export interface ReadProof {
  readonly found: boolean;
  /** Whether one of them is encrypted; those put before the stream was are not. */
  readonly decrypted: boolean;
  /** What Kinesis answered for KMS, if it could not decrypt a record. */
  readonly kmsError?: Error;
}

interface Iterator {
  readonly shard: string;
  readonly iterator: string;
}

/** Kinesis allows five GetRecords calls a second for each shard, of all readers together: two are taken at the most. */
const CALLS_OF_A_SHARD = 2;
/** Of all shards: enough to find a record where some are, and few enough for streams of hundreds of shards. */
const SHARDS = 8;
const PAUSE_MS = 250;
const KMS_ATTEMPTS = 3;

export function shardIteratorCheck(
  { stream, kinesis }: StreamTarget,
  shards: Check<readonly string[]>,
): Check<readonly Iterator[]> {
  return defineCheck({
    id: 'shard-iterator',
    asserts: 'can get an iterator of a shard',
    fixedBy: 'both',
    needs: [shards],
    async run([ids], signal): Promise<Verdict<readonly Iterator[]>> {
      try {
        const some = spread(ids, SHARDS);
        const iterators = await Promise.all(
          some.map(async (shard) => {
            const command = new GetShardIteratorCommand({
              StreamARN: stream.arn,
              ShardId: shard,
              ShardIteratorType: 'TRIM_HORIZON',
            });
            const { ShardIterator = '' } = await kinesis.send(command, { abortSignal: signal });
            return { shard, iterator: ShardIterator };
          }),
        );
        return passed(`of ${iterators.length} of ${ids.length} shards`, iterators);
      } catch (error) {
        return failureOf(error, { action: 'kinesis:GetShardIterator', resource: stream.arn });
      }
    },
  });
}

/** Reads for real. It leaves no trace: readers don't see each other, and no checkpoint is written. */
export function getRecordsCheck(
  target: StreamTarget,
  iterators: Check<readonly Iterator[]>,
): Check<ReadProof> {
  return defineCheck({
    id: 'get-records',
    asserts: 'can read the stream',
    fixedBy: 'both',
    needs: [iterators],
    async run([given], signal): Promise<Verdict<ReadProof>> {
      try {
        const proofs = await Promise.all(given.map((one) => readShard(target, one, signal)));
        const kmsError = proofs.find((proof) => proof.kmsError)?.kmsError;
        const found = proofs.some((proof) => proof.found);
        const decrypted = proofs.some((proof) => proof.decrypted);
        const message = found
          ? 'a record was found'
          : `allowed; no record was found at the beginning of ${given.length} shards`;
        return kmsError
          ? passed('allowed; a record was found that could not be decrypted', { found, decrypted, kmsError })
          : passed(message, { found, decrypted });
      } catch (error) {
        return failureOf(error, { action: 'kinesis:GetRecords', resource: target.stream.arn });
      }
    },
  });
}

async function readShard(
  { stream, kinesis }: StreamTarget,
  { iterator }: Iterator,
  signal: AbortSignal,
): Promise<ReadProof> {
  let next: string | undefined = iterator;
  for (let call = 1; next !== undefined && call <= CALLS_OF_A_SHARD; call++) {
    if (call > 1) await sleep(PAUSE_MS, undefined, { signal });
    const command: GetRecordsCommand = new GetRecordsCommand({
      StreamARN: stream.arn,
      ShardIterator: next,
      Limit: 1,
    });
    const answer: GetRecordsCommandOutput | Error = await whileThrottled(
      () => kinesis.send(command, { abortSignal: signal }),
      signal,
    );
    if (answer instanceof Error) return { found: true, decrypted: false, kmsError: answer };
    const [record] = answer.Records ?? [];
    if (record) return { found: true, decrypted: record.EncryptionType === 'KMS' };
    // At the tip there is nothing more to find.
    if (answer.MillisBehindLatest === 0) break;
    next = answer.NextShardIterator;
  }
  return { found: false, decrypted: false };
}

/** KMS's throttling has another name than those that the SDK tries again at. */
async function whileThrottled<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T | Error> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (!isOfKms(error)) throw error;
      if (!isNamed(error, 'key-throttled') || attempt === KMS_ATTEMPTS) return error;
      await sleep(PAUSE_MS * attempt, undefined, { signal });
    }
  }
}

/** Some of them, from all over the list. */
function spread<T>(all: readonly T[], count: number): T[] {
  const step = Math.max(1, all.length / count);
  return Array.from(
    { length: Math.min(count, all.length) },
    (_, index) => all[Math.floor(index * step)] as T,
  );
}

import { type Check, defineCheck, type Verdict } from '../check.js';
import type { StreamTarget } from '../target.js';
import type { Summary } from './stream-summary.js';

/**
 * The largest record that fits into an event of Lambda, in KiB: 6 MB (Lambda quotas, synchronous invocations), with the
 * data in base64 and room for the other fields.
 */
const MAX_LAMBDA_RECORD_KIB = 4_505;

/** What the stream's settings say of its records. Makes no call. */
export function recordsCheck({ for: by }: StreamTarget, summary: Check<Summary>): Check {
  return defineCheck({
    id: 'records',
    asserts: 'has records that the reader gets whole, in the order of their partition keys',
    fixedBy: 'stream owner',
    needs: [summary],
    async run([{ RecordDistributionStrategy: strategy, MaxRecordSizeInKiB: maxKib = 1_024 }]) {
      const found: Pick<Verdict<undefined>, 'message' | 'remedy'>[] = [];
      if (strategy === 'AUTO') found.push(AUTOMATIC);
      if (by === 'lambda' && maxKib > MAX_LAMBDA_RECORD_KIB) found.push(tooLarge(maxKib));
      if (found.length === 0) {
        return {
          status: 'passed' as const,
          message: `of up to ${maxKib} KiB, distributed by their partition keys`,
        };
      }
      return {
        status: 'warning' as const,
        message: found.map(({ message }) => message).join('; '),
        remedy: found.map(({ remedy }) => remedy).join(' '),
      };
    },
  });
}

const AUTOMATIC = {
  message:
    'Kinesis distributes the records by itself (RecordDistributionStrategy AUTO): the records of a partition key are in ' +
    'several shards, so they have no order among them, and a record may have no partition key',
  remedy:
    'Handlers must expect partitionKey null. If the producers use the KPL, they must not aggregate: an aggregate may ' +
    'arrive more than once (docs/kpl.md). Where the order of a key matters, the owner sets USER_PARTITION_KEY.',
};

const tooLarge = (maxKib: number) => ({
  message:
    `it takes records of up to ${maxKib} KiB, and Lambda's event of 6 MB holds no record above about 4.4 MiB ` +
    `(${MAX_LAMBDA_RECORD_KIB} KiB): such a record can't be delivered`,
  remedy:
    'Read the stream with the KCL worker (docs/lambda.md#large-records), or the owner lowers MaxRecordSizeInKiB to ' +
    `${MAX_LAMBDA_RECORD_KIB} or less.`,
});

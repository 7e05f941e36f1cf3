import { setTimeout as sleep } from 'node:timers/promises';
import type { _Record as KinesisRecord } from '@aws-sdk/client-kinesis';
import type { InvocationResult } from '../function/invocation-result.js';
import { handledOf } from './batch-result.js';
import { halves } from './batches.js';
import type { DiscardCondition } from './discarded-batch.js';

/** Named as in CreateEventSourceMapping, where the defaults are from too. */
export interface RetryOptions {
  readonly reportBatchItemFailures: boolean;
  readonly bisectBatchOnFunctionError: boolean;
  /** -1: until the records expire. */
  readonly maximumRetryAttempts: number;
  /** -1: any age. */
  readonly maximumRecordAgeInSeconds: number;
}

export interface BatchRunnerParts {
  /** @returns undefined if Lambda did not take the invocation */
  invoke(records: readonly KinesisRecord[]): Promise<InvocationResult | undefined>;
  /** A batch is given up. */
  discard(
    records: readonly KinesisRecord[],
    condition: DiscardCondition,
    invocations: number,
    result: InvocationResult | undefined,
  ): Promise<void>;
  readonly signal: AbortSignal;
}

const RETRY_DELAY_MS = 100;

/** What was tried with the records of a batch. */
interface Attempts {
  readonly retries: number;
  readonly invocations: number;
  readonly last: InvocationResult | undefined;
}

const NONE: Attempts = { retries: 0, invocations: 0, last: undefined };

/** Has a shard's batches handled, one after the other, each until it is handled or given up. */
export class BatchRunner {
  readonly #options: RetryOptions;
  readonly #parts: BatchRunnerParts;

  constructor(options: RetryOptions, parts: BatchRunnerParts) {
    this.#options = options;
    this.#parts = parts;
  }

  /**
   * AWS leaves open what a split does to the invocations and retries that were made before: here they count for its parts
   * too. A split itself, in halves or at the record that was reported, is no retry. Neither is an invocation that Lambda
   * does not take: it is repeated until the records are too old ("Before invocation", Developer Guide, error handling).
   */
  async run(batch: readonly KinesisRecord[], before: Attempts = NONE): Promise<void> {
    const {
      bisectBatchOnFunctionError: bisect,
      maximumRetryAttempts,
      reportBatchItemFailures,
    } = this.#options;
    let records = batch;
    let { retries, invocations, last } = before;
    while (!this.#parts.signal.aborted) {
      records = await this.#discardOld(records, invocations, last);
      if (records.length === 0) return;
      const result = await this.#parts.invoke(records);
      if (result === undefined) {
        await this.#pause();
        continue;
      }
      invocations++;
      last = result;
      const handled = handledOf(result, records, reportBatchItemFailures);
      if (handled === records.length) return;
      records = records.slice(handled);
      if (bisect && handled > 0) continue;
      if (bisect && records.length > 1) {
        for (const half of halves(records)) await this.run(half, { retries, invocations, last });
        return;
      }
      if (maximumRetryAttempts >= 0 && retries >= maximumRetryAttempts) {
        return this.#parts.discard(records, 'RetryAttemptsExhausted', invocations, result);
      }
      retries++;
      await this.#pause();
    }
  }

  async #pause(): Promise<void> {
    await sleep(RETRY_DELAY_MS, undefined, { signal: this.#parts.signal }).catch(() => {});
  }

  async #discardOld(
    records: readonly KinesisRecord[],
    invocations: number,
    last: InvocationResult | undefined,
  ): Promise<readonly KinesisRecord[]> {
    const { maximumRecordAgeInSeconds: seconds } = this.#options;
    if (seconds < 0) return records;
    const oldest = Date.now() - seconds * 1000;
    const young = records.findIndex(
      ({ ApproximateArrivalTimestamp: arrived }) =>
        (arrived?.getTime() ?? Number.POSITIVE_INFINITY) >= oldest,
    );
    const old = young < 0 ? records.length : young;
    if (old > 0) {
      await this.#parts.discard(records.slice(0, old), 'RecordAgeExceeded', invocations, last);
    }
    return records.slice(old);
  }
}

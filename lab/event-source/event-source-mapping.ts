import type { KinesisClient, _Record as KinesisRecord } from '@aws-sdk/client-kinesis';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { InvocationResult } from '../function/invocation-result.js';
import { type LambdaFunction, RequestTooLargeException } from '../function/lambda-function.js';
import { BatchRunner, type RetryOptions } from './batch-runner.js';
import { batchesOf } from './batches.js';
import { describeSource, type EventSource, listShards, type SourceShard } from './describe-source.js';
import { type DiscardCondition, discardedBatchMessage } from './discarded-batch.js';
import { toLambdaEvent } from './lambda-event.js';
import { readShard, type StartingPosition } from './read-shard.js';

/** Named as in CreateEventSourceMapping, where the defaults are from too. */
export interface MappingOptions extends Partial<RetryOptions> {
  /** Of the stream, or of a registered consumer of it. */
  readonly eventSourceArn: string;
  readonly function: LambdaFunction;
  readonly startingPosition?: StartingPosition;
  readonly batchSize?: number;
  /** The URL of an SQS queue. */
  readonly onFailure?: string;
  /** They call as the function's execution role. */
  readonly clients: { readonly kinesis: KinesisClient; readonly sqs?: SQSClient };
}

const defaults = {
  startingPosition: 'TRIM_HORIZON' as const,
  batchSize: 100,
  reportBatchItemFailures: true,
  bisectBatchOnFunctionError: false,
  maximumRetryAttempts: -1,
  maximumRecordAgeInSeconds: -1,
} satisfies Partial<MappingOptions>;
type Resolved = MappingOptions & Required<Pick<MappingOptions, keyof typeof defaults>>;

/** Does what Lambda's event source mapping of a Kinesis stream does; what it leaves out stands in lab/README.md. */
export class EventSourceMapping {
  /** Rejects with the error of the first call that is refused. */
  readonly ended: Promise<void>;
  readonly #options: Resolved;
  readonly #source: EventSource;
  readonly #stopping = new AbortController();
  #lastProcessingResult: string | undefined;
  /** Resolves when all records of a shard are handled, or given up. */
  readonly #shards = new Map<string, Promise<void>>();

  constructor(options: MappingOptions) {
    this.#options = { ...defaults, ...options };
    const { eventSourceArn } = options;
    const at = eventSourceArn.indexOf('/consumer/');
    this.#source =
      at < 0
        ? { streamArn: eventSourceArn }
        : { streamArn: eventSourceArn.slice(0, at), consumerArn: eventSourceArn };
    this.ended = this.#run();
    // It is awaited later, or not at all.
    this.ended.catch(() => {});
  }

  /** Why Lambda has not taken the last invocation that it did not take; undefined if it took all. AWS's text may differ. */
  get lastProcessingResult(): string | undefined {
    return this.#lastProcessingResult;
  }

  /** Waits for the batches at hand. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.ended.catch(() => {});
  }

  async #run(): Promise<void> {
    const { clients, startingPosition } = this.#options;
    const shards = await describeSource(clients.kinesis, this.#source);
    try {
      await this.#readAll(shards, startingPosition);
    } finally {
      this.#stopping.abort();
    }
  }

  /** Those that are new, and what they are split or merged into while they are read. */
  async #readAll(shards: readonly SourceShard[], from: StartingPosition): Promise<void> {
    const { kinesis } = this.#options.clients;
    const added = shards.filter(({ id }) => !this.#shards.has(id));
    for (const shard of added) this.#shards.set(shard.id, this.#readAfterParents(shard, from));
    await Promise.all(
      added.map(async ({ id }) => {
        await this.#shards.get(id);
        if (this.#stopping.signal.aborted) return;
        await this.#readAll(await listShards(kinesis, this.#source.streamArn), 'TRIM_HORIZON');
      }),
    );
  }

  /** As KCL does; of Lambda it is not documented, and without it the records of a key would not come in their order. */
  async #readAfterParents({ id, parents }: SourceShard, from: StartingPosition): Promise<void> {
    // Kinesis lists parents before their children.
    await Promise.all(parents.map((parent) => this.#shards.get(parent)));
    if (!this.#stopping.signal.aborted) await this.#readShard(id, from);
  }

  async #readShard(shard: string, from: StartingPosition): Promise<void> {
    const { clients, batchSize: limit } = this.#options;
    const { signal } = this.#stopping;
    const runner = new BatchRunner(this.#options, {
      invoke: (records) => this.#invoke(shard, records),
      discard: (...discarded) => this.#discard(shard, ...discarded),
      signal,
    });
    for await (const records of readShard(clients.kinesis, { ...this.#source, shard, from, limit }, signal)) {
      for (const batch of batchesOf(records, limit)) await runner.run(batch);
    }
  }

  async #invoke(shard: string, records: readonly KinesisRecord[]): Promise<InvocationResult | undefined> {
    const { function: invoked, eventSourceArn } = this.#options;
    try {
      return await invoked.invoke(
        toLambdaEvent(records, { eventSourceArn, shard, roleArn: invoked.roleArn }),
      );
    } catch (error) {
      if (!(error instanceof RequestTooLargeException)) throw error;
      this.#lastProcessingResult = `PROBLEM: ${error.message}`;
      return undefined;
    }
  }

  async #discard(
    shard: string,
    records: readonly KinesisRecord[],
    condition: DiscardCondition,
    invocations: number,
    result: InvocationResult | undefined,
  ): Promise<void> {
    const { clients, onFailure, function: invoked } = this.#options;
    if (onFailure === undefined || clients.sqs === undefined) return;
    const MessageBody = discardedBatchMessage({
      condition,
      functionArn: invoked.arn,
      streamArn: this.#source.streamArn,
      shard,
      records,
      invocations,
      result,
    });
    await clients.sqs.send(new SendMessageCommand({ QueueUrl: onFailure, MessageBody }));
  }
}

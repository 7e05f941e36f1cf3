import type { KinesisClient, _Record as KinesisRecord } from '@aws-sdk/client-kinesis';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { InvocationResult } from '../function/invocation-result.js';
import type { LambdaFunction } from '../function/lambda-function.js';
import { BatchRunner, type RetryOptions } from './batch-runner.js';
import { batchesOf } from './batches.js';
import { describeSource, type EventSource } from './describe-source.js';
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

  /** Waits for the batches at hand. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.ended.catch(() => {});
  }

  async #run(): Promise<void> {
    const shards = await describeSource(this.#options.clients.kinesis, this.#source);
    try {
      await Promise.all(shards.map((shard) => this.#readShard(shard)));
    } finally {
      this.#stopping.abort();
    }
  }

  async #readShard(shard: string): Promise<void> {
    const { clients, batchSize: limit, startingPosition: from } = this.#options;
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

  #invoke(shard: string, records: readonly KinesisRecord[]) {
    const { function: invoked, eventSourceArn } = this.#options;
    return invoked.invoke(toLambdaEvent(records, { eventSourceArn, shard, roleArn: invoked.roleArn }));
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

import { setMaxListeners } from 'node:events';
import {
  type AttributeValue,
  DescribeTableCommand,
  type DynamoDBClient,
  ScanCommand,
  type ScanOutput,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import {
  type ConsumerDescription,
  DescribeStreamConsumerCommand,
  DescribeStreamSummaryCommand,
  type KinesisClient,
  ListShardsCommand,
  type ListShardsOutput,
  type Shard,
  type StreamDescriptionSummary,
} from '@aws-sdk/client-kinesis';
import type { ConsumerArn, StreamArn } from '../aws/arn.js';
import { isDenied, isMissing } from '../aws/known-errors/known-errors.js';
import { deadlineSignal } from '../errors/time-limit.js';
import { type CallPacer, callPacer, STREAMS_PER_SECOND } from './call-pacer.js';

const CALL_TIMEOUT_MS = 15_000;
/** Shorter than what is left of a check's limit, so that preflight can name a silent endpoint. */
const NEXT_SHARDS_TIMEOUT_MS = 8_000;

/** An item as DynamoDB returns it. */
export type Item = Record<string, AttributeValue>;

/**
 * What Kinesis says of a stream. Each call is made when somebody first asks, and only once: all who ask get the same answer,
 * or the same error of the AWS SDK. After an error that may pass, the next who asks makes the call again.
 */
export interface StreamLookup {
  readonly stream: StreamArn;
  summary(): Promise<StreamDescriptionSummary | undefined>;
  /** Of the registered consumer; not without one. */
  consumer(): Promise<ConsumerDescription | undefined>;
  /** Up to 1,000 shards; undefined behind the last page. */
  shardPage(index: number): Promise<ListShardsOutput | undefined>;
  /** Every shard that Kinesis still knows: open ones, and closed ones until their last record has expired. */
  shards(): Promise<Shard[]>;
  /** The same stream, to be asked anew. */
  again(): StreamLookup;
}

interface Target {
  readonly stream: StreamArn;
  readonly consumer?: ConsumerArn | undefined;
}

/**
 * One for each of the streams, which are described at a rate that Kinesis allows.
 *
 * @param signal ends the calls, also those that wait for their turn
 */
export function streamLookups(
  kinesis: KinesisClient,
  targets: readonly Target[],
  signal?: AbortSignal,
): StreamLookup[] {
  const pace = callPacer(STREAMS_PER_SECOND);
  return targets.map((target) => streamLookup(kinesis, target, pace, signal));
}

function streamLookup(
  kinesis: KinesisClient,
  target: Target,
  pace: CallPacer,
  signal: AbortSignal | undefined,
): StreamLookup {
  const { stream, consumer } = target;
  const within = limits(signal);
  const shardPage = pages(
    // The token names the stream; Kinesis refuses a call with both.
    (NextToken: string | undefined) =>
      kinesis.send(
        new ListShardsCommand(NextToken === undefined ? { StreamARN: stream.arn } : { NextToken }),
        within(NextToken === undefined ? CALL_TIMEOUT_MS : NEXT_SHARDS_TIMEOUT_MS),
      ),
    ({ NextToken }) => NextToken,
  );
  return {
    stream,
    summary: once(async () => {
      await pace(signal);
      const command = new DescribeStreamSummaryCommand({ StreamARN: stream.arn });
      return (await kinesis.send(command, within(CALL_TIMEOUT_MS))).StreamDescriptionSummary;
    }),
    consumer: once(async () => {
      const command = new DescribeStreamConsumerCommand({ ConsumerARN: consumer?.arn });
      return (await kinesis.send(command, within(CALL_TIMEOUT_MS))).ConsumerDescription;
    }),
    shardPage,
    shards: () => allOf(shardPage, ({ Shards }) => Shards),
    again: () => streamLookup(kinesis, target, pace, signal),
  };
}

/** What DynamoDB says of a table and its items, each call as for a stream. */
export interface TableLookup {
  readonly name: string;
  describe(): Promise<TableDescription | undefined>;
  /** Up to 1 MB, read consistently; undefined behind the last page. */
  itemPage(index: number): Promise<ScanOutput | undefined>;
  items(): Promise<Item[]>;
  /** The same table, to be asked anew. */
  again(): TableLookup;
}

/** @param signal ends the calls */
export function tableLookup(dynamodb: DynamoDBClient, name: string, signal?: AbortSignal): TableLookup {
  const within = limits(signal);
  const describe = once(async () => {
    const command = new DescribeTableCommand({ TableName: name });
    return (await dynamodb.send(command, within(CALL_TIMEOUT_MS))).Table;
  });
  const itemPage = pages(
    async (ExclusiveStartKey: Item | undefined) => {
      // Not at once: of a table that is just being created, Scan would say less than DescribeTable.
      if (ExclusiveStartKey === undefined) await describe().catch(() => {});
      const command = new ScanCommand({ TableName: name, ConsistentRead: true, ExclusiveStartKey });
      return dynamodb.send(command, within(CALL_TIMEOUT_MS));
    },
    ({ LastEvaluatedKey }) => LastEvaluatedKey,
  );
  return {
    name,
    describe,
    itemPage,
    items: () => allOf(itemPage, ({ Items }) => Items),
    again: () => tableLookup(dynamodb, name, signal),
  };
}

function once<T>(call: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= unlessItPasses(call(), () => {
      answer = undefined;
    });
    return answer;
  };
}

/** @returns the page of an index; undefined behind the last one */
function pages<Page, Token>(
  get: (token: Token | undefined) => Promise<Page>,
  tokenAfter: (page: Page) => Token | undefined,
): (index: number) => Promise<Page | undefined> {
  const asked: Promise<Page | undefined>[] = [];
  const page = (index: number): Promise<Page | undefined> => {
    asked[index] ??= unlessItPasses(index === 0 ? get(undefined) : after(index - 1), () => {
      delete asked[index];
    });
    return asked[index];
  };
  async function after(index: number): Promise<Page | undefined> {
    const before = await page(index);
    const token = before && tokenAfter(before);
    return token === undefined ? undefined : get(token);
  }
  return page;
}

async function allOf<Page, T>(
  get: (index: number) => Promise<Page | undefined>,
  listOf: (page: Page) => readonly T[] | undefined,
): Promise<T[]> {
  const all: T[] = [];
  for (let index = 0, page = await get(0); page !== undefined; page = await get(++index)) {
    all.push(...(listOf(page) ?? []));
  }
  return all;
}

/** Keeps a call's answer, and its error only if AWS would give the same again. */
function unlessItPasses<T>(call: Promise<T>, forget: () => void): Promise<T> {
  call.catch((error: unknown) => {
    if (!isDenied(error) && !isMissing(error)) forget();
  });
  return call;
}

/** @returns the options of a call that may take this time */
function limits(signal: AbortSignal | undefined): (ms: number) => { abortSignal: AbortSignal } {
  // Each call listens.
  if (signal) setMaxListeners(0, signal);
  return (ms) => ({ abortSignal: deadlineSignal(ms, signal) });
}

import type { Readable } from 'node:stream';
import { type KinesisClient, ListShardsCommand, type Shard } from '@aws-sdk/client-kinesis';
import { parseConsumerArn } from '../../src/aws/arn.js';
import { type Fields, isFields } from '../iam/api-call.js';
import type { Encryption } from './encryption.js';
import { bufferOf, plainHeaders, type Upstream } from './forward.js';
import type { KinesisCall } from './kinesis-call.js';
import type { ResourcePolicies } from './resource-policies.js';
import { checkSequenceNumber, fromOldest, isExpired, iteratorAfter } from './sequence-numbers.js';
import type { ServedStreams } from './served-streams.js';
import { ShardEnd } from './shard-end.js';
import { type Page, ShardPages } from './shard-pages.js';
import { SharedAnswers } from './shared-answers.js';
import type { StreamKeys } from './stream-keys.js';
import { checkedEvents } from './subscription.js';
import type { Tokens } from './tokens.js';
import type { Answer } from './wire.js';

export interface Streamed {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
}

/** The most that kinesis-local gives at once, whatever is asked for. */
const EMULATOR_PAGE = 100;

/** kinesis-local, with the encryption that it lacks. */
export class KinesisService {
  readonly #upstream: Upstream;
  readonly #client: KinesisClient;
  readonly #tokens: Tokens;
  readonly #streamKeys: StreamKeys;
  readonly #encryption: Encryption;
  readonly #streams: ServedStreams;
  readonly #policies: ResourcePolicies;
  readonly #pages = new ShardPages();
  readonly #shards = new SharedAnswers<readonly Shard[]>();

  constructor(parts: {
    upstream: Upstream;
    /** Calls the emulator itself. */
    client: KinesisClient;
    tokens: Tokens;
    streamKeys: StreamKeys;
    encryption: Encryption;
    streams: ServedStreams;
    policies: ResourcePolicies;
  }) {
    this.#upstream = parts.upstream;
    this.#client = parts.client;
    this.#tokens = parts.tokens;
    this.#streamKeys = parts.streamKeys;
    this.#encryption = parts.encryption;
    this.#streams = parts.streams;
    this.#policies = parts.policies;
  }

  /** @throws AwsError when KMS does not let the caller, or the stream is not there */
  async serve(call: KinesisCall): Promise<Answer | Streamed> {
    const { request, wire, operation, fields, identity, resource } = call;
    // In the owner's name: the emulator looks for what an iterator or token stands for in the account that calls.
    const owner = resource.split(':')[4] ?? '';
    if (operation.endsWith('ResourcePolicy')) return this.#policies.serve(call);
    if (operation === 'ListShards') return this.#listShards(call, owner);
    await checkSequenceNumber(this.#shardsOf, call);
    if (operation === 'SubscribeToShard') return this.#subscribe(call, owner);
    if (operation === 'PutRecord' || operation === 'PutRecords') {
      await this.#encryption.checkWrite(target(operation), identity, resource);
    }
    // Noted before and after, so that the moment of a switch is known.
    const switches = operation === 'StartStreamEncryption';
    if (switches) await this.#streamKeys.current(resource);
    const direct = await this.#upstream.call(request, owner);
    const answer = isExpired(direct) ? await fromOldest(this.#client, call) : direct;
    if (answer.status !== 200) return answer;
    if (switches) await this.#streamKeys.current(resource);
    if (operation !== 'DescribeStreamSummary' && !GIVE_TOKENS.has(operation)) return answer;
    const value = wire.decode(answer.body);
    if (!isFields(value)) return answer;
    await this.#encryption.checkRead(target(operation), identity, resource, value.Records);
    const shardId = fields.ShardId ?? this.#tokens.shardOf(fields.ShardIterator);
    const served = await this.#served(call, value, String(shardId));
    for (const name of ['ShardIterator', 'NextShardIterator', 'NextToken']) {
      this.#tokens.note((served ?? value)[name], resource, shardId);
    }
    return served === undefined ? answer : wire.encode(served, target(operation));
  }

  /** @return undefined if it is what the emulator has answered */
  async #served(
    { operation, resource }: KinesisCall,
    answer: Fields,
    shardId: string,
  ): Promise<Fields | undefined> {
    if (operation === 'DescribeStreamSummary') return this.#streams.summary(resource, answer);
    const [records, following] = this.#streams.records(resource, answer.Records) ?? [];
    if (records === undefined) return undefined;
    if (following === undefined) return { ...answer, Records: records };
    const last = String(records.at(-1)?.SequenceNumber);
    const NextShardIterator = await iteratorAfter(this.#client, resource, shardId, last);
    return { ...answer, Records: records, NextShardIterator };
  }

  /** The emulator's own pages hold 100 shards at most, and it gives the next one to the owner only. */
  async #listShards({ request, wire, fields, resource }: KinesisCall, owner: string): Promise<Answer> {
    const operation = target('ListShards');
    const { NextToken: token } = fields;
    if (typeof token === 'string')
      return wire.encode(this.#noted(this.#pages.next(token, fields), resource), operation);
    const shards: Shard[] = [];
    let asked: Fields = { ...fields, MaxResults: EMULATOR_PAGE };
    for (;;) {
      const { body } = wire.encode(asked, operation);
      const answer = await this.#upstream.call({ ...request, body: Buffer.from(body) }, owner);
      const value = answer.status === 200 ? wire.decode(answer.body) : undefined;
      if (!isFields(value) || !Array.isArray(value.Shards)) return answer;
      shards.push(...value.Shards);
      if (typeof value.NextToken !== 'string') break;
      asked = { NextToken: value.NextToken, MaxResults: EMULATOR_PAGE };
    }
    return wire.encode(this.#noted(this.#pages.first(shards, fields), resource), operation);
  }

  #noted(page: Page, streamArn: string): Page {
    this.#tokens.note(page.NextToken, streamArn);
    return page;
  }

  async #subscribe({ request, identity, resource, operation, fields }: KinesisCall, owner: string) {
    const response = await this.#upstream.open(request, owner);
    const status = response.statusCode ?? 500;
    const headers = plainHeaders(response.headers);
    if (status !== 200) return { status, headers, body: await bufferOf(response) };
    const { streamArn } = parseConsumerArn(resource);
    const over = new AbortController();
    const body = checkedEvents(response, {
      check: (records) => this.#encryption.checkRead(target(operation), identity, streamArn, records),
      serve: (records) => this.#streams.records(streamArn, records),
      end: new ShardEnd(this.#client, streamArn, String(fields.ShardId)),
      over: over.signal,
    });
    const ended = this.#streams.subscribed(() => {
      over.abort();
      response.destroy();
    });
    body.once('close', () => {
      ended();
      response.destroy();
    });
    return { status, headers, body };
  }

  readonly #shardsOf = (streamArn: string) =>
    this.#shards.ask(streamArn, async () => {
      const shards: Shard[] = [];
      for (;;) {
        const ExclusiveStartShardId = shards.at(-1)?.ShardId;
        const page = await this.#client.send(
          new ListShardsCommand({ StreamARN: streamArn, ExclusiveStartShardId }),
        );
        shards.push(...(page.Shards ?? []));
        if (page.NextToken === undefined) return shards;
      }
    });
}

const GIVE_TOKENS = new Set(['GetShardIterator', 'GetRecords']);

const target = (operation: string) => `Kinesis_20131202.${operation}`;

import { ShardIteratorType, SubscribeToShardCommand } from '@aws-sdk/client-kinesis';
import type { ConsumerArn, StreamArn } from '../../aws/arn.js';
import { consumerCommands } from '../../aws/consumer-commands.js';
import { readDenial } from '../../aws/known-errors/denial-text.js';
import { isDenied, isMissing, isNamed, isOfKms } from '../../aws/known-errors/known-errors.js';
import { consumerHint } from '../../leases/check-stream.js';
import { parseItems } from '../../leases/lease-table.js';
import type { ReadableTables } from '../../leases/lease-table-reader.js';
import type { TableLookup } from '../../leases/lookup.js';
import { type Check, defineCheck, passed, type Verdict } from '../check.js';
import { failureOf } from '../failure.js';
import type { StreamTarget } from '../target.js';
import type { FoundTable } from './lease-table.js';

/** Of the workers that hold leases. */
const NAMED = 3;

export function consumerCheck(
  { stream, lookup }: StreamTarget,
  consumer: ConsumerArn,
  identity: Check<unknown>,
): Check {
  return defineCheck({
    id: 'consumer',
    asserts: 'can describe the registered consumer, and it is ACTIVE',
    fixedBy: 'both',
    needs: [identity],
    async run(): Promise<Verdict<undefined>> {
      const owner = `the stream's owner, account ${stream.account}`;
      try {
        const found = await lookup.consumer();
        if (found?.StreamARN !== stream.arn) {
          return {
            status: 'failed',
            message: `it is a consumer of ${found?.StreamARN}, not of ${stream.arn}`,
            remedy: `Ask ${owner}, for the ARN of a consumer of this stream.`,
          };
        }
        if (found.ConsumerStatus === 'ACTIVE') return passed('ACTIVE', undefined);
        const { ConsumerStatus: status = 'UNKNOWN' } = found;
        return {
          status: 'failed',
          fixedBy: 'stream owner',
          message: `its status is ${status}, and ACTIVE is needed`,
          remedy: consumerHint(stream, consumer, status),
        };
      } catch (error) {
        if (isMissing(error)) {
          return {
            status: 'failed',
            message: `there is no such consumer: ${error.message}`,
            remedy: consumerHint(stream, consumer, undefined),
          };
        }
        const failure = failureOf(error, {
          action: 'kinesis:DescribeStreamConsumer',
          resource: consumer.arn,
        });
        if (!isDenied(error) || readDenial(error.message).fixedBy === 'reader') return failure;
        return { ...failure, remedy: orDeleted(stream, consumer, owner) };
      }
    },
  });
}

/** A consumer's policy is deleted with it, so that its reader can't tell the two apart, and the owner can. */
function orDeleted(stream: StreamArn, consumer: ConsumerArn, owner: string): string {
  return [
    'Either no policy of the consumer allows it, or the consumer was deleted, and its policy with it: then no policy helps.',
    `Ask ${owner}, to look first with:`,
    ...consumerCommands(consumer.arn, stream.arn, stream.region),
    'If it is not there: a consumer that is registered again has another ARN. If it is there:',
  ].join('\n');
}

/** The lease table, with the checks that it can be read. */
export interface ReadableLeases {
  readonly tables: ReadableTables;
  readonly table: Check<FoundTable>;
  readonly scan: Check;
}

export interface SubscribeOptions {
  readonly consumer: ConsumerArn;
  /** Why it is not to be tried. */
  readonly leaveOut?: string | undefined;
  /** Of the KCL application that reads by the consumer, if it is one. */
  readonly leases?: ReadableLeases | undefined;
}

/**
 * Subscribes for real, and closes at the first event, which comes at once. Kinesis would take the shard from the worker that
 * is subscribed to it, so the leases are asked first, and nothing is tried while they can't be read.
 */
export function subscribeCheck(
  { kinesis }: StreamTarget,
  { consumer, leaveOut, leases }: SubscribeOptions,
  active: Check<unknown>,
  shards: Check<readonly string[]>,
): Check {
  return defineCheck({
    id: 'subscribe',
    asserts: 'can subscribe to a shard with the registered consumer',
    fixedBy: 'both',
    needs: [active, shards, ...(leases ? [leases.table, leases.scan] : [])],
    async run([, [shard], table], signal): Promise<Verdict<undefined>> {
      if (leaveOut !== undefined) return { status: 'skipped', message: leaveOut };
      if (shard === undefined) return { status: 'skipped', message: 'the stream has no shard' };
      const holders = leases && table !== 'missing' ? await leaseHolders(leases.tables.lease) : [];
      if (leases && holders.length > 0) {
        const who = `${holders.slice(0, NAMED).join(', ')}${holders.length > NAMED ? ', …' : ''}`;
        const message = `leases of ${leases.tables.lease.name} are held by ${who}: a worker that is subscribed would lose the shard`;
        return { status: 'skipped', message };
      }
      const closing = new AbortController();
      try {
        const command = new SubscribeToShardCommand({
          ConsumerARN: consumer.arn,
          ShardId: shard,
          StartingPosition: { Type: ShardIteratorType.TRIM_HORIZON },
        });
        const abortSignal = AbortSignal.any([signal, closing.signal]);
        const { EventStream = [] } = await kinesis.send(command, { abortSignal });
        for await (const _event of EventStream) break;
        return passed(`subscribed to ${shard}, and closed`, undefined);
      } catch (error) {
        if (isNamed(error, 'in-use')) {
          return passed(`allowed; ${shard} has a subscriber at present`, undefined);
        }
        if (isOfKms(error)) {
          return passed('allowed; a record came that could not be decrypted: see decrypt', undefined);
        }
        return failureOf(error, { action: 'kinesis:SubscribeToShard', resource: consumer.arn });
      } finally {
        closing.abort();
      }
    },
  });
}

/** The workers that hold leases now: each of them may be subscribed to its shards. */
async function leaseHolders(table: TableLookup): Promise<string[]> {
  const { leases } = parseItems(await table.again().items());
  return [...new Set(leases.flatMap(({ owner }) => owner ?? []))].sort();
}

import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { type StreamArn, toStreamArn } from '../aws/arn.js';
import { checkStream } from './check-stream.js';
import { decideEpoch, type EpochDecision, epochsOf, otherForm } from './creation-epoch.js';
import type { Lease, LeaseTable } from './lease-table.js';
import { readLeaseTable, tableLookups } from './lease-table-reader.js';
import { type StreamLookup, streamLookups } from './lookup.js';

/** What KCL's StreamTracker needs of a stream, and what is known of it. */
export interface TrackerEntry {
  streamArn: string;
  /** Seconds since 1970. */
  creationEpoch: number;
  /** `leases`: it stands in the lease table, too or only; `stream`: Kinesis alone says it. */
  source: 'leases' | 'stream';
  /** How many leases have this stream and epoch. */
  leases: number;
  /** Why an application with this lease table would not start with that epoch. */
  contradiction?: string;
}

export interface TrackerReport {
  streams: TrackerEntry[];
  /** Undefined if there is none of that name. */
  leaseTable: (Pick<LeaseTable, 'name' | 'entityCounts' | 'hasIndex'> & { leases: LeaseLine[] }) | undefined;
}

/** A lease as it is reported: flat, and without a missing value. */
export interface LeaseLine extends Omit<Lease, 'stream' | 'owner' | 'leaseCounter' | 'hashKeys'> {
  stream: string | null;
  creationEpoch: number | null;
  owner: string | null;
}

export interface TrackerQuestion {
  /** The streams to ask Kinesis for; empty for all that the lease table names. */
  streams: readonly StreamArn[];
  /** Undefined to look at no lease table. */
  leaseTable: string | undefined;
  /** For the ARNs of streams that only the lease table names. */
  region: string;
}

/** @throws AccessError */
export async function reportTrackers(
  { streams, leaseTable, region }: TrackerQuestion,
  kinesis: KinesisClient,
  dynamodb: DynamoDBClient,
): Promise<TrackerReport> {
  const table =
    leaseTable === undefined
      ? undefined
      : await readLeaseTable(tableLookups(dynamodb, { lease: leaseTable }));
  const leases = table?.leases ?? [];
  const entries: TrackerEntry[] = [];
  const lookups = streamLookups(
    kinesis,
    streams.map((stream) => ({ stream })),
  );
  for (const lookup of lookups) entries.push(await entryOf(lookup, table));
  return {
    streams: streams.length === 0 ? entriesOf(leases, region) : entries,
    leaseTable: table && {
      name: table.name,
      entityCounts: table.entityCounts,
      hasIndex: table.hasIndex,
      leases: leases.map(toLine),
    },
  };
}

async function entryOf(lookup: StreamLookup, table: LeaseTable | undefined): Promise<TrackerEntry> {
  const { stream } = lookup;
  const leases = table?.leases ?? [];
  const { creationEpoch: ofStream } = await checkStream(lookup);
  const decision = decideEpoch({ stream, configured: 'auto', ofStream, leases, allowChange: false });
  const count = countOf(stream, ofStream, leases);
  const contradiction = contradictionOf(table, decision);
  return {
    streamArn: stream.arn,
    creationEpoch: ofStream,
    source: count > 0 ? 'leases' : 'stream',
    leases: count,
    ...(contradiction === undefined ? {} : { contradiction }),
  };
}

/** What `start` would say, in its order. */
function contradictionOf(table: LeaseTable | undefined, decision: EpochDecision): string | undefined {
  const form = table && otherForm(table, true);
  if (form) return `${form.message}. ${form.remedy}`;
  return 'refusal' in decision ? `${decision.refusal}. ${decision.remedy}` : undefined;
}

/** A stream may have leases of several epochs, when it was made again. */
function entriesOf(leases: readonly Lease[], region: string): TrackerEntry[] {
  const streams = leases.flatMap(({ stream }) => (stream ? [toStreamArn({ ...stream, region })] : []));
  const different = new Map(streams.map((stream) => [stream.arn, stream]));
  return [...different.values()].flatMap((stream) =>
    epochsOf(stream, leases).map(
      (creationEpoch): TrackerEntry => ({
        streamArn: stream.arn,
        creationEpoch,
        source: 'leases',
        leases: countOf(stream, creationEpoch, leases),
      }),
    ),
  );
}

function countOf({ account, streamName }: StreamArn, epoch: number, leases: readonly Lease[]): number {
  return leases.filter(
    ({ stream }) =>
      stream?.account === account && stream.streamName === streamName && stream.creationEpoch === epoch,
  ).length;
}

function toLine({ stream, owner, leaseCounter: _, hashKeys: __, ...lease }: Lease): LeaseLine {
  return {
    ...lease,
    owner: owner ?? null,
    stream: stream === undefined ? null : `${stream.account}:${stream.streamName}`,
    creationEpoch: stream?.creationEpoch ?? null,
  };
}

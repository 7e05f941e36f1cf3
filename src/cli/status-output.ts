import { type LeaseRenewals, leaseStatus } from '../leases/lease-status.js';
import type { FormerTable, Lease, LeaseTable } from '../leases/lease-table.js';
import { durationText } from '../monitoring/duration-text.js';
import { textTable } from './text-table.js';

export const STATUS_OUTPUTS = ['text', 'json'] as const;
export type StatusOutput = (typeof STATUS_OUTPUTS)[number];

export interface StatusFacts {
  readonly table: LeaseTable;
  /** When it was read, in ms since 1970. */
  readonly readAt: number;
  /** Whether the application is unknown, and with it the names of tables that KCL 3.0 to 3.4 may have made. */
  readonly namesUnknown?: boolean;
  /** With --watch. */
  readonly watched: { readonly since: number; readonly renewals: LeaseRenewals } | undefined;
}

/** Ends with the end of a line. */
export function renderStatus(facts: StatusFacts, output: StatusOutput): string {
  return output === 'json' ? asJson(facts) : asText(facts);
}

function asText({ table, readAt, watched, namesUnknown }: StatusFacts): string {
  const { workers, open, ended } = leaseStatus(table);
  const streams = open.some(({ stream }) => stream !== undefined);
  const counts = [
    count(workers.length, 'worker'),
    `${count(open.length, 'shard')} open`,
    `${ended} read to the end`,
  ];
  const head = `Lease table ${table.name} at ${isoTime(readAt)}: ${counts.join(', ')}\n`;
  const workerRows = workers.map(({ id, leader, leases, reportedAt }) => [
    leader ? `${id} (leader)` : id,
    leases,
    reportedAt === undefined ? '–' : agoText(readAt - reportedAt * 1000),
  ]);
  const shardRows = open.map((lease) => [
    ...(streams ? [streamText(lease)] : []),
    lease.shardId,
    lease.owner ?? '(none)',
    lease.subSequenceNumber === 0 ? lease.checkpoint : `${lease.checkpoint}/${lease.subSequenceNumber}`,
    ...(watched ? [renewedText(lease, readAt, watched)] : []),
  ]);
  return [
    head,
    ...(namesUnknown ? [NAMES_UNKNOWN] : []),
    ...(table.former ?? []).map(formerText),
    textTable(['worker', 'leases', 'reported'], workerRows),
    textTable(
      [...(streams ? ['stream'] : []), 'shard', 'owner', 'checkpoint', ...(watched ? ['renewed'] : [])],
      shardRows,
    ),
  ].join('');
}

const NAMES_UNKNOWN =
  'The leader and reports of workers may be in other tables, whose names are unknown; give --application-name\n';

function formerText({ name, found, error }: FormerTable): string {
  if (!found) {
    return `Whether there is a table ${name} of KCL 3.0 to 3.4 is unknown, and the leader and reports may be missing: ${error}\n`;
  }
  if (error === undefined) return `With ${name}, a table of KCL 3.0 to 3.4\n`;
  return `WARNING: ${name}, a table of KCL 3.0 to 3.4, could not be read; the leader and reports may be missing: ${error}\n`;
}

function renewedText(
  lease: Lease,
  readAt: number,
  { since, renewals }: NonNullable<StatusFacts['watched']>,
): string {
  const at = renewals.renewedAt(lease);
  return at === undefined ? `not in ${durationText(readAt - since)}` : agoText(readAt - at);
}

function asJson({ table, readAt, watched, namesUnknown }: StatusFacts): string {
  const { workers, open, ended } = leaseStatus(table);
  const report = {
    leaseTable: table.name,
    readAt: new Date(readAt).toISOString(),
    workers: workers.map(({ reportedAt, ...worker }) => ({
      ...worker,
      reportedAt: reportedAt === undefined ? null : isoTime(reportedAt * 1000),
    })),
    shards: open.map((lease) => ({
      key: lease.key,
      stream: lease.stream === undefined ? null : `${lease.stream.account}:${lease.stream.streamName}`,
      creationEpoch: lease.stream?.creationEpoch ?? null,
      shardId: lease.shardId,
      owner: lease.owner ?? null,
      checkpoint: lease.checkpoint,
      subSequenceNumber: lease.subSequenceNumber,
      leaseCounter: lease.leaseCounter,
      ...(watched && { renewedAt: timeOrNull(watched.renewals.renewedAt(lease)) }),
    })),
    endedShards: ended,
    formerTables: namesUnknown
      ? null
      : (table.former ?? []).map(({ name, found, error = null }) => ({ name, found, error })),
  };
  // Watched, each reading is one line, so that a program can take them apart.
  return `${JSON.stringify(report, undefined, watched ? undefined : 2)}\n`;
}

function streamText({ stream }: Lease): string {
  return stream === undefined ? '–' : `${stream.account}:${stream.streamName} (${stream.creationEpoch})`;
}

function agoText(ms: number): string {
  return `${durationText(ms)} ago`;
}

function timeOrNull(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

function count(number: number, what: string): string {
  return `${number} ${number === 1 ? what : `${what}s`}`;
}

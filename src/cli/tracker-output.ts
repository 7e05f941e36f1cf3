import type { TrackerReport } from '../leases/tracker-report.js';
import { textTable } from './text-table.js';

export const TRACKER_OUTPUTS = ['text', 'json', 'properties'] as const;
export type TrackerOutput = (typeof TRACKER_OUTPUTS)[number];

/** @param application whose lease table was looked at, if any */
export function renderTrackers(
  report: TrackerReport,
  application: string | undefined,
  output: TrackerOutput,
): string {
  switch (output) {
    case 'json':
      return `${JSON.stringify({ ...report, leaseTable: report.leaseTable ?? null }, undefined, 2)}\n`;
    case 'properties':
      return propertyLines(report, application);
    case 'text':
      return [streams(report), leases(report, application)].join('\n');
  }
}

function streams({ streams: entries }: TrackerReport): string {
  const rows = entries.map(({ streamArn, creationEpoch, source, leases: count }) => [
    streamArn,
    creationEpoch,
    new Date(creationEpoch * 1000).toISOString().replace('.000', ''),
    source,
    count,
  ]);
  const lines = [textTable(['stream', 'creation epoch', 'which is', 'from', 'leases'], rows)];
  for (const { contradiction } of entries) if (contradiction) lines.push(`WARNING: ${contradiction}\n`);
  return lines.join('');
}

function leases({ leaseTable }: TrackerReport, application: string | undefined): string {
  if (application === undefined) return 'No lease table was looked at: give --application-name.\n';
  if (leaseTable === undefined) return `There is no lease table ${application} yet.\n`;
  const counts = Object.entries(leaseTable.entityCounts).map(([kind, count]) => `${count} ${kind}`);
  const index = leaseTable.hasIndex ? '' : '; the index LeaseOwnerToLeaseKeyIndex is missing';
  const rows = leaseTable.leases.map((lease) => [
    lease.stream ?? '–',
    lease.creationEpoch ?? '–',
    lease.shardId,
    lease.owner ?? '(none)',
    lease.subSequenceNumber === 0 ? lease.checkpoint : `${lease.checkpoint}/${lease.subSequenceNumber}`,
  ]);
  const head = `Lease table ${leaseTable.name}: ${counts.join(', ') || 'empty'}${index}\n`;
  return rows.length === 0
    ? head
    : head + textTable(['stream', 'epoch', 'shard', 'owner', 'checkpoint'], rows);
}

/** What `start` reads: the same streams in the StreamTracker form. It takes none twice: of several epochs, the first. */
function propertyLines({ streams }: TrackerReport, application: string | undefined): string {
  const entries = streams.filter(
    ({ streamArn }, index) => streams.findIndex((other) => other.streamArn === streamArn) === index,
  );
  const single = entries.length === 1;
  const lines = entries.flatMap(({ streamArn, creationEpoch }, index) => {
    const prefix = single ? '' : `streams.${index + 1}.`;
    return [`${prefix}streamArn = ${streamArn}`, `${prefix}streamCreationEpoch = ${creationEpoch}`];
  });
  if (application !== undefined) lines.unshift(`applicationName = ${application}`);
  const warnings = entries.flatMap(({ contradiction }) =>
    contradiction ? [`# WARNING: ${contradiction}`] : [],
  );
  if (entries.length === 0)
    warnings.push(`# WARNING: there are no leases that name a stream in ${application}`);
  return `${[...warnings, ...lines].join('\n')}\n`;
}

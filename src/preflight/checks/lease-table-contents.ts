import type { StreamSource } from '../../config/streams.js';
import type { LeaseTableError } from '../../errors/errors.js';
import { decideEpoch, epochsOf, OTHER_EPOCHS, otherForm } from '../../leases/creation-epoch.js';
import { leasesAgainstShards } from '../../leases/foreign-leases.js';
import { knownReports, type Lease, type LeaseTable, SHARD_END } from '../../leases/lease-table.js';
import { type ReadableTables, readTables } from '../../leases/lease-table-reader.js';
import type { StreamLookup } from '../../leases/lookup.js';
import { type Check, defineCheck, passed, type Verdict } from '../check.js';
import { ownFailure, type TableTarget } from '../target.js';
import type { FoundTable } from './lease-table.js';
import type { Summary } from './stream-summary.js';

/** Workers report every 30 s unless KCL is told otherwise. */
const LATELY_SECONDS = 120;

/** What stands in the lease table. */
export interface LeaseContents {
  readonly leases: readonly Lease[];
  /** Those that have reported; undefined if that is unknown. */
  readonly workers: LeaseTable['workers'] | undefined;
}

/** Reads the whole table, and the workers' reports beside it, as `start` does. */
export function leaseTableContentsCheck(
  target: TableTarget,
  tables: ReadableTables,
  sources: readonly StreamSource[],
  table: Check<FoundTable>,
  scan: Check,
): Check<LeaseContents> {
  return defineCheck({
    id: 'lease-table-contents',
    asserts: 'has a lease table of this kind of application',
    fixedBy: 'reader',
    needs: [table, scan],
    async run([found]): Promise<Verdict<LeaseContents>> {
      const none = { leases: [], workers: [] };
      if (found !== 'missing' && found.TableStatus === 'CREATING') {
        return passed('the table is being created', none);
      }
      try {
        const contents = found === 'missing' ? undefined : await readTables(tables);
        if (contents === undefined) return passed('there is no table: no checkpoint is known', none);
        const asTracker = sources.some(({ creationEpoch }) => creationEpoch !== undefined);
        const problem = otherForm(contents, asTracker);
        if (problem) return failure(problem) as Verdict<never>;
        return passed(factsOf(contents), { leases: contents.leases, workers: knownReports(contents) });
      } catch (error) {
        return ownFailure(error, { action: 'dynamodb:Scan', resource: target.arn(undefined) });
      }
    },
  });
}

function factsOf(contents: Pick<LeaseTable, 'leases' | 'workers' | 'entityCounts' | 'former'>): string {
  const { leases, entityCounts } = contents;
  const kinds = Object.entries(entityCounts).map(([kind, count]) => `${count} ${kind}`);
  if (kinds.length === 0) return 'it is empty';
  const owned = leases.filter(({ owner }) => owner !== undefined);
  const owners = new Set(owned.map(({ owner }) => owner));
  const ended = leases.filter(({ checkpoint }) => checkpoint === SHARD_END);
  return [
    kinds.join(', '),
    `${owned.length} leases are held by ${owners.size} workers, ${ended.length} shards are at their end`,
    reportsText(contents),
  ].join('; ');
}

function reportsText(contents: Pick<LeaseTable, 'workers' | 'former'>): string {
  const reports = knownReports(contents);
  if (reports === undefined) {
    const unread = contents.former?.find(({ error }) => error !== undefined);
    return `which workers have reported is unknown: ${unread?.error}`;
  }
  const since = Date.now() / 1000 - LATELY_SECONDS;
  const lately = reports.filter(({ reportedAt = 0 }) => reportedAt >= since);
  return `${lately.length} workers have reported in the last ${LATELY_SECONDS / 60} minutes`;
}

/** A stream of the application, with what else is checked of it. */
export interface CheckedSource {
  readonly source: StreamSource;
  readonly lookup: StreamLookup;
  readonly summary: Check<Summary>;
  /** That its shards may be listed. */
  readonly shards: Check;
}

/** By the creation epoch in the leases' keys, and by the shards that Kinesis lists. */
export function leaseTableEpochCheck(
  sources: readonly CheckedSource[],
  leaseTable: string,
  allowEpochChange: boolean,
  contents: Check<LeaseContents>,
): Check {
  return defineCheck({
    id: 'lease-table-epoch',
    asserts: 'has leases of the streams as they are now, not of earlier ones of the same names',
    fixedBy: 'reader',
    needs: [
      contents,
      ...sources.map(({ summary }) => summary),
      ...sources.map(({ shards }) => shards as Check<never>),
    ],
    async run([{ leases }, ...summaries]): Promise<Verdict<undefined>> {
      const verdicts = await Promise.all(
        sources.map(async ({ source, lookup }, index) => {
          const createdAt = summaries[index]?.StreamCreationTimestamp;
          const { epoch, verdict } = epochOf(source, createdAt, leases, allowEpochChange);
          if (verdict.status === 'failed') return verdict;
          const tracked = { stream: source.stream, creationEpoch: epoch };
          const problem = await leasesAgainstShards({ name: leaseTable, leases }, tracked, lookup);
          return problem ? failure(problem) : verdict;
        }),
      );
      return worst(verdicts);
    },
  });
}

function failure({ message, remedy = '' }: LeaseTableError): Verdict<undefined> {
  return { status: 'failed', message, remedy };
}

/** @returns undefined for the epoch in the single-stream form, where the leases have none */
function epochOf(
  { stream, creationEpoch: configured }: StreamSource,
  createdAt: Date | undefined,
  leases: readonly Lease[],
  allowChange: boolean,
): { epoch: number | undefined; verdict: Verdict<undefined> } {
  const { streamName } = stream;
  if (configured === undefined) {
    const verdict = passed(
      `${streamName} is tracked by its ARN alone, and no lease contradicts its shards`,
      undefined,
    );
    return { epoch: undefined, verdict };
  }
  if (createdAt === undefined) {
    const epoch = configured === 'auto' ? undefined : configured;
    return { epoch, verdict: passed(`Kinesis does not tell when ${streamName} was made`, undefined) };
  }
  const ofStream = Math.floor(createdAt.getTime() / 1000);
  const decision = decideEpoch({ stream, configured, ofStream, leases, allowChange });
  if ('refusal' in decision) {
    return {
      epoch: undefined,
      verdict: { status: 'failed', message: decision.refusal, remedy: decision.remedy },
    };
  }
  const { epoch, source, warning } = decision;
  if (warning !== undefined) return { epoch, verdict: { status: 'warning', message: warning } };
  const others = epochsOf(stream, leases).filter((other) => other !== epoch);
  if (others.length > 0) {
    return {
      epoch,
      verdict: { status: 'warning', message: `${stream.arn}: ${OTHER_EPOCHS}: ${others.join(', ')}` },
    };
  }
  const from = {
    leases: 'as its leases have it',
    stream: 'it has no leases yet',
    configuration: 'configured',
  };
  return { epoch, verdict: passed(`${streamName} is of ${epoch}, ${from[source]}`, undefined) };
}

/** One verdict of all: of those that are worst, with what each of them says. */
function worst(verdicts: readonly Verdict<undefined>[]): Verdict<undefined> {
  const status = (['failed', 'warning'] as const).find((one) =>
    verdicts.some((verdict) => verdict.status === one),
  );
  const told = verdicts.filter((verdict) => status === undefined || verdict.status === status);
  const message = told.map((verdict) => verdict.message).join('\n');
  const remedies = [...new Set(told.flatMap(({ remedy }) => remedy ?? []))];
  return {
    status: status ?? 'passed',
    message,
    ...(remedies.length > 0 && { remedy: remedies.join('\n') }),
    value: undefined,
  };
}

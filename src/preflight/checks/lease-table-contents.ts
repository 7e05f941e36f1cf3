import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { StreamSource } from '../../config/streams.js';
import { decideEpoch, epochsOf } from '../../streams/creation-epoch.js';
import { type Lease, parseItems, scanItems } from '../../streams/lease-table.js';
import { OTHER_EPOCHS, otherForm } from '../../streams/tracked-streams.js';
import { type Check, defineCheck, passed, type Verdict } from '../check.js';
import { ownFailure, type TableTarget } from '../table-target.js';
import type { FoundTable } from './lease-table.js';
import type { Summary } from './stream-summary.js';

/** Workers report every 30 s unless KCL is told otherwise. */
const LATELY_SECONDS = 120;

/** Reads the whole table, as `start` does. Hands on the leases. */
export function leaseTableContentsCheck(
  target: TableTarget,
  sources: readonly StreamSource[],
  table: Check<FoundTable>,
  scan: Check,
): Check<readonly Lease[]> {
  return defineCheck({
    id: 'lease-table-contents',
    asserts: 'has a lease table of this kind of application',
    fixedBy: 'reader',
    needs: [table, scan],
    async run([found], signal): Promise<Verdict<readonly Lease[]>> {
      const { name, dynamodb } = target;
      if (found === 'missing') return passed('there is no table yet: KCL starts anew', []);
      if (found.TableStatus === 'CREATING') return passed('the table is being created', []);
      try {
        const items = await scanItems(dynamodb, name, signal);
        const { leases, entityCounts } = parseItems(items);
        const asTracker = sources.some(({ creationEpoch }) => creationEpoch !== undefined);
        const problem = otherForm({ name, leases }, asTracker);
        if (problem) return { status: 'failed', message: problem.message, cure: problem.hint ?? '' };
        return passed(factsOf(leases, entityCounts, items), leases);
      } catch (error) {
        return ownFailure(error, { action: 'dynamodb:Scan', resource: target.arn(undefined) });
      }
    },
  });
}

function factsOf(
  leases: readonly Lease[],
  entityCounts: Readonly<Record<string, number>>,
  items: readonly Record<string, AttributeValue>[],
): string {
  const kinds = Object.entries(entityCounts).map(([kind, count]) => `${count} ${kind}`);
  if (kinds.length === 0) return 'it is empty';
  const owned = leases.filter(({ owner }) => owner !== undefined);
  const owners = new Set(owned.map(({ owner }) => owner));
  const ended = leases.filter(({ checkpoint }) => checkpoint === 'SHARD_END');
  const since = Date.now() / 1000 - LATELY_SECONDS;
  // `lut`: WorkerMetricStats.KEY_LAST_UPDATE_TIME, in seconds since 1970.
  const lately = items.filter(
    ({ entityType, lut }) => entityType?.S === 'WORKER_METRIC_STATS' && Number(lut?.N ?? 0) >= since,
  );
  return [
    kinds.join(', '),
    `${owned.length} leases are held by ${owners.size} workers, ${ended.length} shards are at their end`,
    `${lately.length} workers have reported in the last ${LATELY_SECONDS / 60} minutes`,
  ].join('; ');
}

export interface TrackedSource {
  readonly source: StreamSource;
  readonly summary: Check<Summary>;
}

/** For streams that are tracked by ARN and creation epoch. */
export function leaseTableEpochCheck(
  tracked: readonly TrackedSource[],
  allowChange: boolean,
  contents: Check<readonly Lease[]>,
): Check {
  return defineCheck({
    id: 'lease-table-epoch',
    asserts: 'has leases of the streams as they are now, not of earlier ones of the same names',
    fixedBy: 'reader',
    needs: [contents, ...tracked.map(({ summary }) => summary)],
    async run([leases, ...summaries]): Promise<Verdict<undefined>> {
      const verdicts = tracked.flatMap(({ source }, index) => {
        const createdAt = summaries[index]?.StreamCreationTimestamp;
        return createdAt === undefined ? [] : [epochOf(source, createdAt, leases, allowChange)];
      });
      return worst(verdicts);
    },
  });
}

function epochOf(
  { stream, creationEpoch: configured = 'auto' }: StreamSource,
  createdAt: Date,
  leases: readonly Lease[],
  allowChange: boolean,
): Verdict<undefined> {
  const ofStream = Math.floor(createdAt.getTime() / 1000);
  const decision = decideEpoch({ stream, configured, ofStream, leases, allowChange });
  if ('refusal' in decision) return { status: 'failed', message: decision.refusal, cure: decision.hint };
  const { epoch, source, warning } = decision;
  if (warning !== undefined) return { status: 'warning', message: warning };
  const others = epochsOf(stream, leases).filter((other) => other !== epoch);
  if (others.length > 0) {
    return { status: 'warning', message: `${stream.arn}: ${OTHER_EPOCHS}: ${others.join(', ')}` };
  }
  const from = {
    leases: 'as its leases have it',
    stream: 'it has no leases yet',
    configuration: 'configured',
  };
  return passed(`${stream.streamName} is of ${epoch}, ${from[source]}`, undefined);
}

/** One verdict of all: of those that are worst, with what each of them says. */
function worst(verdicts: readonly Verdict<undefined>[]): Verdict<undefined> {
  const status = (['failed', 'warning'] as const).find((one) =>
    verdicts.some((verdict) => verdict.status === one),
  );
  const told = verdicts.filter((verdict) => status === undefined || verdict.status === status);
  const message = told.map((verdict) => verdict.message).join('\n');
  const cures = [...new Set(told.flatMap(({ cure }) => cure ?? []))];
  return {
    status: status ?? 'passed',
    message: message || 'Kinesis does not tell when the streams were made',
    ...(cures.length > 0 && { cure: cures.join('\n') }),
    value: undefined,
  };
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Table } from '../section.js';
import type { Calls, Started } from './started.js';

/** For what belongs to the last records: their checkpoint, above all. */
const SETTLE_MS = 12_000;

export interface IdleCalls {
  name: string;
  perMinute: Calls;
}

/** Calls a minute of peers that have nothing to read. */
export async function countIdleCalls(
  peers: readonly { name: string; started: Started }[],
  seconds: number,
): Promise<IdleCalls[]> {
  await Promise.all(peers.map(({ started }) => started.freeze()));
  await sleep(SETTLE_MS);
  const before = await Promise.all(peers.map(({ started }) => started.calls()));
  await sleep(seconds * 1000);
  return Promise.all(
    peers.map(async ({ name, started }, index) => {
      const after = await started.calls();
      const since = (of: keyof Calls) =>
        Object.fromEntries(
          Object.entries(after[of])
            .map(([operation, calls]) => [operation, calls - (before[index]?.[of][operation] ?? 0)] as const)
            // The replay's own health probes have no operation.
            .filter(([operation, calls]) => calls > 0 && operation !== '')
            .map(([operation, calls]) => [operation, (calls * 60) / seconds]),
        );
      return { name, perMinute: { dynamodb: since('dynamodb'), kinesis: since('kinesis') } };
    }),
  );
}

export function idleTable(all: readonly IdleCalls[], seconds: number): Table {
  const operations = (of: keyof Calls) =>
    [...new Set(all.flatMap(({ perMinute }) => Object.keys(perMinute[of])))].sort();
  const [dynamodb, kinesis] = [operations('dynamodb'), operations('kinesis')];
  const sum = (calls: Record<string, number>) => Object.values(calls).reduce((all, one) => all + one, 0);
  return {
    title: 'Calls a minute of an idle worker, 4 shards, defaults',
    note: `Counted for ${seconds} s, from 12 s after the last record on.`,
    columns: ['peer', 'DynamoDB', ...dynamodb, 'Kinesis', ...kinesis],
    rows: all.map(({ name, perMinute }) => ({
      name,
      cells: [
        sum(perMinute.dynamodb),
        ...dynamodb.map((operation) => perMinute.dynamodb[operation] ?? 0),
        sum(perMinute.kinesis),
        ...kinesis.map((operation) => perMinute.kinesis[operation] ?? 0),
      ],
    })),
  };
}

import { parseItems, scanItems } from '../../streams/lease-table.js';
import type { Check } from '../check.js';
import type { TableTarget } from '../table-target.js';
import type { FoundTable } from './lease-table.js';

/** The lease table, with the checks that it can be read. */
export interface ReadableLeases {
  readonly target: TableTarget;
  readonly table: Check<FoundTable>;
  readonly scan: Check;
}

/** The workers that hold leases: each of them may be subscribed to its shards. */
export async function leaseHolders({ name, dynamodb }: TableTarget, signal: AbortSignal): Promise<string[]> {
  const { leases } = parseItems(await scanItems(dynamodb, name, signal));
  return [...new Set(leases.flatMap(({ owner }) => owner ?? []))].sort();
}

import { type LeaseTable, parseItems } from '../../../src/leases/lease-table.js';
import { type Item, leaseItem } from '../../leases/helpers/lease-tables.js';

/** A table with these items. */
export function tableOf(...items: Item[]): LeaseTable {
  return { name: 'app', ...parseItems(items), hasIndex: true };
}

export function ownedBy(owner: string, key: string): Item {
  return leaseItem(key, { leaseOwner: { S: owner } });
}

export function ended(key: string): Item {
  return leaseItem(key, { checkpoint: { S: 'SHARD_END' } });
}

export function reporting(id: string, lut: number): Item {
  return { leaseKey: { S: id }, entityType: { S: 'WORKER_METRIC_STATS' }, lut: { N: String(lut) } };
}

export function led(by: string): Item {
  return { leaseKey: { S: 'Leader' }, entityType: { S: 'LEADER' }, ownerName: { S: by } };
}

import { LeaseRenewals, leaseStatus } from '../../src/leases/lease-status.js';
import { parseItems } from '../../src/leases/lease-table.js';
import { ended, led, ownedBy, reporting, tableOf } from '../monitoring/helpers/lease-tables.js';
import { leaseItem } from './helpers/lease-tables.js';

test('workers are those that report and those that hold leases', () => {
  const { workers } = leaseStatus(
    tableOf(
      ownedBy('a', 's1'),
      ownedBy('a', 's2'),
      ownedBy('killed', 's3'),
      reporting('a', 70),
      reporting('idle', 71),
      led('idle'),
    ),
  );

  expect(workers).toEqual([
    { id: 'a', leader: false, leases: 2, reportedAt: 70 },
    { id: 'idle', leader: true, leases: 0, reportedAt: 71 },
    { id: 'killed', leader: false, leases: 1, reportedAt: undefined },
  ]);
});

test('shards that are read to their end are summed up', () => {
  const { open, ended: count } = leaseStatus(tableOf(ended('s1'), leaseItem('s2'), ended('s3')));

  expect(open.map(({ key }) => key)).toEqual(['s2']);
  expect(count).toBe(2);
});

test('a table without leases', () => {
  expect(leaseStatus(tableOf())).toEqual({ workers: [], open: [], ended: 0 });
});

describe('renewals', () => {
  const leaseWith = (counter: number) => {
    const [lease] = parseItems([leaseItem('s1', { leaseCounter: { N: String(counter) } })]).leases;
    if (lease === undefined) throw new Error('no lease');
    return lease;
  };

  test('are seen by the counter: of the first look nothing is known', () => {
    const renewals = new LeaseRenewals();
    renewals.look([leaseWith(7)], 1_000);
    expect(renewals.renewedAt(leaseWith(7))).toBeUndefined();
    renewals.look([leaseWith(7)], 6_000);
    expect(renewals.renewedAt(leaseWith(7))).toBeUndefined();

    renewals.look([leaseWith(8)], 11_000);
    renewals.look([leaseWith(8)], 16_000);

    expect(renewals.renewedAt(leaseWith(8))).toBe(11_000);
  });

  test('of a lease that was never looked at are not known', () => {
    expect(new LeaseRenewals().renewedAt(leaseWith(1))).toBeUndefined();
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { WorkerProcess } from '../../lab/worker-process.js';
import { type KclTables, kclTables } from '../../src/aws/kcl-tables.js';

import { tableMigrationOf } from '../../src/leases/former-tables.js';
import { readLeaseTable, tableLookups } from '../../src/leases/lease-table-reader.js';
import { testThoroughly } from '../helpers/thorough.js';
import { createLeaseTable } from '../infra/helpers/lease-table.js';
import { FORMER_WORKER, makeFormerTables } from '../leases/helpers/former-tables.js';
import { RECORDS, Share } from '../matrix/helpers/share.js';

/** As many shards as the tables of KCL 3.1.3 have leases of. */
const SHARDS = 2;

let share: Share;
beforeAll(async () => {
  share = await Share.open({ for: 'kcl', shards: SHARDS });
});
afterAll(() => share.lab.stop());

/** Runs a worker with these policies in force, and preflight; nothing may be denied, and no other table be called. */
async function withWorker(
  application: string,
  tables: KclTables,
  kind: { threeTables?: boolean; leaseTableExists?: boolean },
  env: Record<string, string>,
  use: (worker: WorkerProcess) => Promise<void>,
): Promise<void> {
  const since = share.decisions.length;
  const credentials = await share.putInForce(share.grants(application, undefined, { tables, ...kind }));
  const worker = new WorkerProcess(
    { env: { ...credentials, METRICS_LEVEL: 'NONE' } },
    {
      streamArn: share.streamArn,
      env: {
        APPLICATION_NAME: application,
        KCL_TABLE_NAME: tables.lease,
        KCL_COORDINATOR_STATE_TABLE_NAME: tables.coordinatorState,
        INITIAL_POSITION_IN_STREAM: 'TRIM_HORIZON',
        ...env,
      },
    },
  );
  try {
    await worker.until('all handled', () => worker.ledger.length >= RECORDS);
    await use(worker);
    expect((await worker.stop()).code).toBe(0);
  } finally {
    await worker.dispose();
  }
  const ofTables = share.decisions.slice(since).filter(({ action }) => action.startsWith('dynamodb:'));
  expect(ofTables.filter(({ allowed }) => !allowed)).toEqual([]);
  const called = new Set(ofTables.map(({ resource }) => resource.split('table/')[1]?.split('/')[0]));
  expect([...called].sort()).toEqual(Object.values(tables).sort());
}

async function migrationOf({ coordinatorState: TableName }: KclTables) {
  const { Item } = await share.lab.reader.dynamodb.send(
    new GetItemCommand({ TableName, Key: { key: { S: 'TableMigration3.5' } } }),
  );
  return { ...tableMigrationOf(Item), history: JSON.stringify(Item?.h ?? []) };
}

/** Asks again until it holds, while the worker runs. */
async function eventually(worker: WorkerProcess, what: string, ask: () => Promise<boolean>): Promise<void> {
  let held = false;
  const asking = (async () => {
    while (!held && worker.running) {
      held = await ask();
      await sleep(100);
    }
  })();
  await worker.until(what, () => held);
  await asking;
}

test('a worker goes on with the three tables of KCL 3.1.3, and status finds it there', async () => {
  const tables = kclTables('three', { lease: 'three-leases', coordinatorState: 'three-state' });
  await makeFormerTables(share.lab.reader, tables, { stopped: true });
  await withWorker('three', tables, { threeTables: true }, {}, async (worker) => {
    await eventually(worker, 'it leads and reports', async () => {
      const table = await readLeaseTable(tableLookups(share.lab.reader.dynamodb, tables));
      const others = table?.workers.filter(({ id }) => id !== FORMER_WORKER) ?? [];
      return others.some(({ id }) => id === table?.leader);
    });
  });
});

test('a role that may not create tables reads with the lease table of the template', async () => {
  const tables = kclTables('made', { lease: 'made-leases', coordinatorState: 'made-state' });
  await createLeaseTable(share.lab.reader, tables.lease);
  await withWorker('made', tables, { leaseTableExists: true }, {}, async (worker) => {
    await eventually(worker, 'it reports', async () => {
      const table = await readLeaseTable(tableLookups(share.lab.reader.dynamodb, tables));
      return table?.workers.length === 1;
    });
  });
});

testThoroughly(
  'a restart does not set the move to one table back',
  async () => {
    const tables = kclTables('moving', { lease: 'moving-leases', coordinatorState: 'moving-state' });
    const migration = { status: 'PENDING', since: Date.now() - 2 * 86_400_000 };
    await makeFormerTables(share.lab.reader, tables, { stopped: true, migration });
    const env = { KCL_MIGRATE_ALL_ENTITIES_TO_LEASE_TABLE: 'true' };
    await withWorker('moving', tables, { threeTables: true }, env, async (worker) => {
      await eventually(
        worker,
        'it has completed',
        async () => (await migrationOf(tables)).status === 'COMPLETE',
      );
    });
    expect((await migrationOf(tables)).history).not.toContain('DEPLOYED');
  },
  240_000,
);

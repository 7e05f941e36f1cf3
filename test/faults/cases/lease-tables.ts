import { isDeepStrictEqual } from 'node:util';
import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { readLeaseTable, tableLookups } from '../../../src/leases/lease-table-reader.js';
import { TRANSPORTS } from '../../integration/helpers/fixtures.js';
import type { FaultCase, Scene } from '../fault-case.js';

/** The lease table is gone, or its leases are of another stream. */
export const leaseTableCases: readonly FaultCase[] = TRANSPORTS.flatMap((transport) => [
  {
    name: `the lease table is deleted under a worker, ${transport}`,
    env: { TRANSPORT: transport },
    exits: [3],
    // There is no checkpoint any more: the next start reads everything again.
    duplicates: 'since the checkpoint',
    logs: /The lease table \S+ does not exist any more/,
    async disturb(scene) {
      const [worker] = scene.workers;
      await deleteTable(scene);
      await scene.until('the worker has ended', () => worker?.exits.length === 1);
    },
  },
  {
    name: `the stream is made again while the worker is down, ${transport}`,
    env: { TRANSPORT: transport },
    exits: [0, 2],
    duplicates: 'none',
    async disturb(scene) {
      const { stream, workers, until } = scene;
      const [worker] = workers;
      await scene.pausePuts();
      await scene.caughtUp();
      worker?.hold();
      worker?.signal('SIGTERM');
      await until('the worker has ended', () => worker?.exits.length === 1);
      const before = await leasesOf(scene);
      await stream.makeAgain(2);
      scene.resumePuts();
      worker?.release();
      worker?.hold();
      await until('the start is refused', () => worker?.exits.length === 2);
      if (!worker?.current.stderr.includes('was deleted and made again')) throw new Error('nobody says why');
      if (!isDeepStrictEqual(await leasesOf(scene), before)) throw new Error('a lease was written');
      await deleteTable(scene);
      worker.release();
      await until('the worker runs', () => worker.started);
    },
  },
]);

async function deleteTable({ lab, stream }: Scene): Promise<void> {
  await lab.reader.dynamodb.send(new DeleteTableCommand({ TableName: stream.application }));
}

async function leasesOf({ lab, stream }: Scene) {
  return (await readLeaseTable(tableLookups(lab.reader.dynamodb, { lease: stream.application })))?.leases;
}

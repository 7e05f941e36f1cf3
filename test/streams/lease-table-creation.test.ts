import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { AccessError } from '../../src/errors/errors.js';
import { untilCreated } from '../../src/streams/lease-table-creation.js';
import { memoryLog } from '../helpers/memory-log.js';

/** Says these statuses in turn, and the last one again and again; undefined is a table that is not there. */
async function wait(statuses: readonly (string | undefined)[], patienceMs?: number) {
  const { logger, messages } = memoryLog();
  let looks = 0;
  const client = {
    async send() {
      const status = statuses[Math.min(looks++, statuses.length - 1)];
      if (status === undefined) throw new Error('no such table');
      return { Table: { TableStatus: status } };
    },
  } as unknown as DynamoDBClient;
  await untilCreated(client, 'orders', logger, patienceMs);
  return { looks, told: messages('info') };
}

test('a table that is being created is waited for, and told once', async () => {
  expect(await wait(['CREATING', 'CREATING', 'ACTIVE'])).toEqual({
    looks: 3,
    told: ['the lease table is being created: waiting until it is ACTIVE'],
  });
});

test.each([['ACTIVE'], ['UPDATING'], ['DELETING'], [undefined]])('one that is %s is not', async (status) => {
  expect(await wait([status])).toEqual({ looks: 1, told: [] });
});

test('nobody waits for ever', async () => {
  const waiting = wait(['CREATING'], 0);
  await expect(waiting).rejects.toThrow(AccessError);
  await expect(waiting).rejects.toThrow('the lease table orders is still being created after 0 s');
});

import { AccessError, PolicyError } from '../../../src/errors/errors.js';
import { waitUntilActive } from '../../../src/policy/aws/wait-until-active.js';
import { MemoryStore } from './helpers/memory-store.js';

/** A consumer's policy, with the statuses of the consumer one after the other, the last one for ever. */
function storeWith(...statuses: (string | undefined)[]) {
  const asked: (string | undefined)[] = [];
  const store = Object.assign(new MemoryStore(undefined, 'consumer'), {
    async status() {
      asked.push(statuses.length > 1 ? statuses.shift() : statuses[0]);
      return asked.at(-1);
    },
  });
  return { store, asked };
}

test.each(['CREATING', 'UPDATING'])('what is %s is waited for, and told of once', async (status) => {
  const { store, asked } = storeWith(status, status, status, 'ACTIVE');
  const told: string[] = [];

  await waitUntilActive([new MemoryStore(undefined), store], {
    onWait: (text) => told.push(text),
    pauseMs: 0,
  });

  expect(asked).toEqual([status, status, status, 'ACTIVE']);
  expect(told).toEqual([
    `waiting: the consumer ${store.arn} is ${status}, and accepts a policy only when it is ACTIVE`,
  ]);
});

test('what has no status is not waited for, nor what reports none', async () => {
  const { store, asked } = storeWith(undefined);

  await waitUntilActive([new MemoryStore(undefined, 'key'), store]);

  expect(asked).toEqual([undefined]);
});

test('what is being deleted is refused', async () => {
  const { store } = storeWith('CREATING', 'DELETING');
  const waited = waitUntilActive([store], { pauseMs: 0 });

  await expect(waited).rejects.toThrow(PolicyError);
  await expect(waited).rejects.toThrow(
    `the consumer ${store.arn} is being deleted, and its policy with it: nothing was written`,
  );
});

test('there is an end to it', async () => {
  const { store } = storeWith('UPDATING');
  const waited = waitUntilActive([store], { limitMs: 0 });

  await expect(waited).rejects.toThrow(AccessError);
  await expect(waited).rejects.toThrow(
    `the consumer ${store.arn} is still UPDATING after 0 s: its policy was not written`,
  );
});

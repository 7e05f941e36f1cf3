import { join } from 'node:path';
import { projectRoot } from '../../../lab/project-root.js';
import type { FaultCase, Scene } from '../fault-case.js';
import type { Env } from '../helpers/fleet-worker.js';

const handler = (name: string) => join(projectRoot, 'build', 'test', 'faults', 'handlers', `${name}.js`);
const POISONED = { HANDLER: handler('poisoned') };
/** Shorter than in production. */
const DELIVERY: Env = { MAX_ATTEMPTS: '2', RETRY_DELAY_MS: '50', HANDLER_TIMEOUT_MS: '3000' };
const TRYING_AGAIN = /"msg":"the record handler failed, trying again"/;
const AT_ONCE = 'since the checkpoint';
const MIB = 1024 * 1024;

/** The user's code. */
export const handlerCases: readonly FaultCase[] = [
  lives('the handler throws once', 'throws once', TRYING_AGAIN),
  lives('the handler hangs and obeys its signal', 'obeys its signal', /it took longer than 3000 ms/),
  ends('the handler throws always', 'throws', 4, /in attempt 2: Error: thrown by the test/),
  ends('the handler rejects always', 'rejects', 4, /in attempt 2: Error: rejected by the test/),
  ends('the handler hangs', 'hangs', 4, /did not end within 5000 ms after its signal was aborted/),
  ends('the handler rejects late', 'rejects late', 4, /an error escaped .*: nobody awaits this/, AT_ONCE),
  ends('the handler blocks the event loop', 'blocks', 'SIGKILL', /event loop has been blocked/, AT_ONCE),
  {
    ...ends('the handler exhausts memory', 'exhausts memory', 'SIGABRT', /JavaScript heap out of memory/),
    duplicates: AT_ONCE,
    env: firstStart({ ...POISONED, NODE_OPTIONS: '--max-old-space-size=64', HANDLER_TIMEOUT_MS: '0' }),
  },
  {
    name: 'the handler throws after each restart, until it is told to skip',
    exits: [4, 4],
    duplicates: 'none',
    givenUp: 1,
    env: (starts) => ({ ...DELIVERY, ...POISONED, ON_FAILURE: starts < 2 ? 'stop' : 'skip' }),
    logs: /a record is skipped/,
    disturb: put('throws'),
  },
  {
    name: 'the handler throws always, and the record is sent to the queue',
    exits: [],
    duplicates: 'none',
    givenUp: 1,
    failureQueue: true,
    env: { ...DELIVERY, ...POISONED, ON_FAILURE: 'send' },
    logs: /a record is sent to the on-failure queue/,
    disturb: put('throws'),
  },
  {
    name: 'a poison record of 1 MiB',
    exits: [],
    duplicates: 'none',
    givenUp: 1,
    failureQueue: true,
    env: { ...DELIVERY, ...POISONED, ON_FAILURE: 'send' },
    logs: /was sent to the queue without its data/,
    disturb: put('throws', Buffer.alloc(MIB - Buffer.byteLength('throws'), 1)),
  },
  {
    name: 'the on-failure queue is down',
    exits: [4],
    duplicates: 'none',
    givenUp: 1,
    failureQueue: true,
    env: { ...DELIVERY, ...POISONED, ON_FAILURE: 'send' },
    logs: /it could not be sent on/,
    async disturb(scene) {
      await scene.sqs.shut();
      await scene.putAlso([{ partitionKey: 'throws', data: Buffer.from('{}') }]);
      await ended(scene, 1);
      await scene.sqs.open();
      await scene.caughtUp();
    },
  },
  {
    name: 'a batch handler reports failures',
    exits: [],
    duplicates: 'none',
    env: { ...DELIVERY, HANDLER: handler('batches') },
    logs: TRYING_AGAIN,
    disturb: put('fails once'),
  },
  {
    name: 'a record processor calls back with an error',
    exits: [4],
    duplicates: AT_ONCE,
    env: (starts) => ({
      ...DELIVERY,
      HANDLER: handler('processor'),
      ...(starts === 0 && { CALLS_BACK_WITH_ERROR: 'yes' }),
    }),
    logs: /in attempt 2: Error: called back by the test/,
    disturb: put('poison'),
  },
  {
    name: 'empty data, odd partition keys',
    exits: [],
    duplicates: 'none',
    env: POISONED, // its handler returns undefined, not a promise
    disturb: oddRecords,
  },
];

function lives(name: string, poison: string, logs: RegExp): FaultCase {
  return {
    name,
    exits: [],
    duplicates: 'none',
    env: { ...DELIVERY, ...POISONED },
    logs,
    disturb: put(poison),
  };
}

/** The worker ends; the next one has a handler that is mended. */
function ends(
  name: string,
  poison: string,
  exit: FaultCase['exits'][number],
  logs: RegExp,
  duplicates: FaultCase['duplicates'] = 'none',
): FaultCase {
  return {
    name,
    exits: [exit],
    duplicates,
    env: firstStart(POISONED),
    logs,
    async disturb(scene) {
      await put(poison)(scene);
      await ended(scene, 1);
    },
  };
}

function firstStart(env: Env): (starts: number) => Env {
  return (starts) => ({ ...DELIVERY, ...(starts === 0 && env) });
}

function put(partitionKey: string, data = Buffer.from('{}')): FaultCase['disturb'] {
  return async ({ putAlso, caughtUp }) => {
    await putAlso([{ partitionKey, data }]);
    await caughtUp();
  };
}

function ended({ workers, until }: Scene, times: number): Promise<void> {
  return until('the worker has ended', () => workers.every(({ exits }) => exits.length >= times));
}

async function oddRecords({ putAlso, caughtUp, workers }: Scene): Promise<void> {
  const odd = [
    ...['k'.repeat(256), '\u{1F600}'.repeat(128), 'a\u2028b\u2029c', '"\\\n\0', ' ', '漢é', '\u{10FFFF}'].map(
      (partitionKey) => ({ partitionKey, data: Buffer.from([0, 255, 10, 13]) }),
    ),
    { partitionKey: 'empty data', data: Buffer.alloc(0) },
  ];
  await putAlso(odd);
  await caughtUp();
  const handled = workers.flatMap(({ runs }) => runs.flatMap(({ ledger }) => ledger));
  for (const { partitionKey, data } of odd) {
    const base64 = data.toString('base64');
    if (!handled.some((one) => one.partitionKey === partitionKey && one.data === base64)) {
      throw new Error(`the record with the key ${JSON.stringify(partitionKey)} was handled as another`);
    }
  }
}

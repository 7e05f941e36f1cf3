import { renameSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { type Lab, registerConsumer, startLab } from '../../lab/lab.js';
import type { WorkerProcess } from '../../lab/worker-process.js';
import { setStreamRole } from '../aws/helpers/roles.js';
import { Putter } from '../faults/helpers/putter.js';
import { type SessionSource, type SourceName, sources } from '../helpers/session-sources.js';
import { testThoroughly } from '../helpers/thorough.js';
import { WebIdentity } from '../helpers/web-identity.js';
import { byShard, handlerFile, sharedStream, TRANSPORTS, withWorker } from './helpers/fixtures.js';
import { ask, healthOf, portOf } from './helpers/operation.js';

/** Sessions are renewed when a third of it is left. */
const SESSION_SECONDS = 6;
const RENEWALS = 3;

let lab: Lab;
/** The roles of the sessions that were given out. */
let given: string[] = [];
beforeAll(async () => {
  lab = await startLab();
  const { identities } = lab.gate;
  const assume = identities.assume.bind(identities);
  jest.spyOn(identities, 'assume').mockImplementation((role, name, options) => {
    given.push(role.arn);
    return assume(role, name, options);
  });
});
afterAll(() => lab.stop());
beforeEach(() => {
  given = [];
  lab.gate.identities.sessionSeconds = SESSION_SECONDS;
});

const count = (role: string) => given.filter((one) => one === role).length;

/** A role of the owner's, for one worker. */
function streamRole(): string {
  const arn = `arn:aws:iam::111111111111:role/stream-reader-${++streamRoles}`;
  setStreamRole(lab, arn, { trusts: lab.reader.id });
  return arn;
}
let streamRoles = 0;

interface Scene {
  streamRole: string;
  consumer: WorkerProcess;
  putter: Putter;
  port: number;
}

interface Way {
  transport: string;
  fanOut?: boolean;
  env?: Record<string, string>;
}

/** A worker that reads with the sessions, over the stream's role, while records are put. */
async function read(source: SessionSource, way: Way, during: (scene: Scene) => Promise<void>): Promise<void> {
  const { arn } = await sharedStream(lab, [], 2);
  const putter = new Putter(lab, arn);
  const { endpoint } = lab.gate;
  const ofStream = streamRole();
  const env = {
    ...source.env,
    TRANSPORT: way.transport,
    HTTP_PORT: '0',
    STREAM_ROLE_ARN: ofStream,
    METRICS_LEVEL: 'SUMMARY',
    KINESIS_ENDPOINT: endpoint,
    DYNAMO_DB_ENDPOINT: endpoint,
    AWS_ENDPOINT_URL: endpoint,
    ...(way.fanOut && { CONSUMER_ARN: await registerConsumer(lab.owner, arn, 'shared') }),
    ...way.env,
  };
  try {
    await withWorker(lab, arn, env, async (consumer) => {
      const port = await portOf(consumer);
      await consumer.until('a record is handled', () => consumer.ledger.length > 0);
      await during({ streamRole: ofStream, consumer, putter, port });
      await putter.stop();
      await consumer.until('all handled', () => numbers(consumer.ledger).length >= putter.put.length);
      await untilReady(consumer, port);
      // Nothing lost, and in order; a lease that was lost to a slow machine would have records come again.
      for (const [shard, placed] of byShard(putter.put)) {
        expect(numbers(byShard(consumer.ledger).get(shard) ?? [])).toEqual(numbers(placed));
      }
      expect((await consumer.stop()).code).toBe(0);
    });
  } finally {
    await putter.stop();
    source.remove();
  }
}

const numbers = (records: readonly { sequenceNumber: string }[]) => [
  ...new Set(records.map(({ sequenceNumber }) => sequenceNumber)),
];

async function untilReady(consumer: WorkerProcess, port: number): Promise<void> {
  while ((await healthOf(port, '/readyz'))?.status !== 200) {
    if (!consumer.running) throw new Error(`the worker has ended\n${consumer.lastLog()}`);
    await sleep(100);
  }
}

/** Of the base and of the role, each as often; and what Node itself asks DynamoDB for goes through all the time. */
async function untilRenewed(
  { streamRole, consumer, port }: Scene,
  source: SessionSource,
  renewals = RENEWALS,
): Promise<void> {
  const before = { base: count(source.role), role: count(streamRole) };
  const isRenewed = (times: number) =>
    count(source.role) >= before.base + times && count(streamRole) >= before.role + times;
  for (let renewal = 1; renewal <= renewals; renewal++) {
    source.replaceToken();
    await consumer.until(`renewal ${renewal}`, () => isRenewed(renewal));
    expect((await ask(port, '/metrics')).text).toContain('cross_account_kcl_leases_held');
  }
}

const role = (name: string) => `arn:aws:iam::222222222222:role/${name}`;

test('a web identity, whose token is replaced, and the role that is assumed with it', async () => {
  await Promise.all(
    TRANSPORTS.map(async (transport) => {
      const source = new WebIdentity(lab, role(transport));
      await read(source, { transport }, (scene) => untilRenewed(scene, source));
    }),
  );
});

describe('other sources', () => {
  for (const name of Object.keys(sources) as SourceName[]) {
    for (const fanOut of [false, true]) {
      testThoroughly(`${name}${fanOut ? ', fan-out' : ''}`, async () => {
        await Promise.all(
          TRANSPORTS.map(async (transport) => {
            const source = await sources[name](lab, role(`${transport}-${fanOut}`));
            await read(source, { transport, fanOut }, async (scene) => {
              await untilRenewed(scene, source);
              // What stands is subscribed again, and other connections are made.
              lab.gate.cut();
              await untilRenewed(scene, source, 1);
            });
          }),
        );
      });
    }
  }
});

describe('renewals that fail', () => {
  /** Both transports at once. */
  const inBoth = (during: (scene: Scene, source: WebIdentity) => Promise<void>, env = {}) =>
    Promise.all(
      TRANSPORTS.map(async (transport) => {
        const source = new WebIdentity(lab, role(`${transport}-failing`));
        await read(source, { transport, env }, (scene) => during(scene, source));
      }),
    );
  const STS_503 = { error: 'ServiceUnavailable', status: 503 };

  testThoroughly('STS answers 503 for 30 s', async () => {
    let end: (() => void) | undefined;
    await inBoth(async (scene, source) => {
      await untilRenewed(scene, source, 1);
      end ??= lab.gate.disturb(({ service }) => (service === 'sts' ? STS_503 : undefined));
      await sleep(30_000);
      end();
      await untilRenewed(scene, source, 1);
    });
  });

  testThoroughly('the token file is missing for a moment', async () => {
    await inBoth(async (scene, source) => {
      await untilRenewed(scene, source, 1);
      renameSync(source.tokenFile, `${source.tokenFile}.away`);
      await sleep(2 * SESSION_SECONDS * 1000);
      renameSync(`${source.tokenFile}.away`, source.tokenFile);
      await untilRenewed(scene, source, 1);
    });
  });

  // One after the other: ending sessions ends those of every worker.
  for (const transport of TRANSPORTS) {
    testThoroughly(
      `${transport}: sessions are refused an hour before this clock says that they expire`,
      async () => {
        lab.gate.identities.sessionSeconds = 3600;
        const source = new WebIdentity(lab, role(`${transport}-refused`));
        await read(source, { transport }, async ({ streamRole, consumer, putter, port }) => {
          for (let times = 1; times <= RENEWALS; times++) {
            const before = { base: count(source.role), role: count(streamRole) };
            // A source is asked again after five seconds at the earliest.
            await sleep(6_000);
            lab.gate.identities.expireSessions();
            await consumer.until(
              `renewal ${times}`,
              () => count(source.role) > before.base && count(streamRole) > before.role,
            );
            const put = putter.put.length;
            await consumer.until('reading continues', () => consumer.ledger.length > put);
            await untilReady(consumer, port);
          }
        });
      },
    );
  }

  testThoroughly('a queue for records that failed is sent to with new sessions', async () => {
    const queue = lab.gate.queues.create(lab.reader.id, lab.region, 'failed');
    const env = {
      HANDLER: handlerFile('failing'),
      FAIL_ON: 'poison',
      MAX_ATTEMPTS: '1',
      ON_FAILURE: 'send',
      FAILURE_QUEUE_URL: queue.url,
    };
    const source = new WebIdentity(lab, role('sending'));
    const { arn } = await sharedStream(lab, [], 1);
    const putter = new Putter(lab, arn);
    await putter.pause();
    lab.gate.identities.sessionSeconds = 3600;
    const { endpoint } = lab.gate;
    const all = { ...source.env, ...env, STREAM_ROLE_ARN: streamRole(), AWS_ENDPOINT_URL: endpoint };
    await withWorker(
      lab,
      arn,
      { ...all, KINESIS_ENDPOINT: endpoint, DYNAMO_DB_ENDPOINT: endpoint },
      async (consumer) => {
        for (let sent = 1; sent <= RENEWALS; sent++) {
          await putter.also([{ partitionKey: 'poison', data: Buffer.from(String(sent)) }]);
          await consumer.until(`record ${sent} is sent`, () => queue.messages.length >= sent);
          await sleep(6_000);
          lab.gate.identities.expireSessions();
        }
        expect((await consumer.stop()).code).toBe(0);
      },
    ).finally(async () => {
      await putter.stop();
      source.remove();
    });
  });
});

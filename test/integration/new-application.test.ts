import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
import type { Door, Fault, GateCall } from '../../lab/gate/gate.js';
import { type Lab, putRecords, startLab } from '../../lab/lab.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import { WorkerProcess } from '../../lab/worker-process.js';
import { readLeaseTable, tableLookups } from '../../src/leases/lease-table-reader.js';
import { SharedStream } from '../faults/helpers/shared-stream.js';
import { LONG_TESTS, testThoroughly } from '../helpers/thorough.js';
import { sharedStream, TRANSPORTS, withWorker } from './helpers/fixtures.js';
import { killBoth } from './helpers/fleet.js';

const ROUNDS = LONG_TESTS ? [1, 2, 3] : [1];
/** At most, on a busy machine; a failure says itself what did not come about. */
const TIMEOUT_MS = 400_000;
jest.setTimeout(TIMEOUT_MS);
const WORKERS = 3;

let lab: Lab;
let door: Door;
let kinesis: Door;
beforeAll(async () => {
  lab = await startLab();
  door = await lab.gate.addDoor();
  kinesis = await lab.gate.addDoor();
});
afterAll(() => lab.stop());

const ofMigrationState = ({ operation, fields }: GateCall, wanted: string) =>
  operation === wanted && JSON.stringify(fields).includes('"Migration3.0"');

/** That effect for the first so many of these calls. */
function first(times: number, fault: Fault): Fault {
  let left = times;
  return (call) => {
    const effect = left > 0 ? fault(call) : undefined;
    if (effect !== undefined) left--;
    return effect;
  };
}

test.each<[string, Fault]>([
  [
    'another worker wrote the migration state first',
    first(1, (call) =>
      ofMigrationState(call, 'PutItem') ? { error: 'ConditionalCheckFailedException' } : undefined,
    ),
  ],
  [
    'DynamoDB fails when the migration state is written',
    first(1, (call) => (ofMigrationState(call, 'PutItem') ? { error: 'AccessDeniedException' } : undefined)),
  ],
  [
    'the table is there for DescribeTable alone',
    first(4, ({ operation }) => (operation === 'Scan' ? { error: 'ResourceNotFoundException' } : undefined)),
  ],
])('a new application starts although %s', async (_what, fault) => {
  const { arn } = await sharedStream(lab, sampleOrders(lab.owner.id, 20), 2);
  const before = door.disturbedCalls();
  const end = door.disturb(fault);
  try {
    await withWorker(lab, arn, { DYNAMO_DB_ENDPOINT: door.endpoint }, async (consumer) => {
      await consumer.until('all handled', () => consumer.ledger.length >= 20);
      expect((await consumer.stop()).code).toBe(0);
    });
  } finally {
    end();
  }
  expect(door.disturbedCalls()).toBeGreaterThan(before);
});

test.each(LONG_TESTS ? ['ListShards', 'Scan'] : ['ListShards'])(
  'a new application starts although %s fails once the worker is the leader',
  async (failing) => {
    const stream = await SharedStream.create(lab, {
      shards: 2,
      fanOut: false,
      encrypted: false,
      failureQueue: false,
    });
    await putRecords(lab.owner, stream.arn, sampleOrders(lab.owner.id, 20));
    let isLeader = false;
    let isRetried = false;
    const fault: Fault = ({ operation }) =>
      isLeader && !isRetried && operation === failing ? { error: 'InternalFailure' } : undefined;
    const ends = [door, kinesis].map((it) => it.disturb(fault));
    const lockTaken = door.disturb((call) => {
      isLeader ||= call.operation === 'PutItem' && JSON.stringify(call.fields).includes('"Leader"');
      return undefined;
    });
    const endpoints = { DYNAMO_DB_ENDPOINT: door.endpoint, KINESIS_ENDPOINT: kinesis.endpoint };
    const env = { ...stream.env, ...endpoints, AWS_ENDPOINT_URL: lab.gate.endpoint, PREFLIGHT: 'off' };
    try {
      await withWorker(lab, stream.arn, env, async (consumer) => {
        const again = () => consumer.log.some(({ msg }) => msg.startsWith('KCL could not be initialized'));
        await consumer.until('the first attempt fails', again);
        isRetried = true;
        await consumer.until('all handled', () => consumer.ledger.length >= 20);
        expect((await consumer.stop()).code).toBe(0);
      });
    } finally {
      for (const end of [...ends, lockTaken]) end();
    }
  },
);

describe.each(TRANSPORTS)('transport %s', (transport) => {
  test.each(ROUNDS)(`${WORKERS} workers start a new application at once, round %d`, async () => {
    // So that all of them have looked for the migration state before one has written it.
    const end = door.disturb((call) => (ofMigrationState(call, 'PutItem') ? { delayMs: 2_000 } : undefined));
    try {
      await startTogether({ TRANSPORT: transport });
    } finally {
      end();
    }
  });
});

async function startTogether(env: Record<string, string>): Promise<void> {
  const { arn } = await sharedStream(lab, sampleOrders(lab.owner.id, 40), 4);
  const options = { streamArn: arn, env: { DYNAMO_DB_ENDPOINT: door.endpoint, ...env } };
  const workers = Array.from({ length: WORKERS }, () => new WorkerProcess(lab, options));
  try {
    for (const worker of workers) {
      await worker.until('it runs', () => worker.log.some(({ msg }) => msg === 'KCL has started'));
    }
    const [one] = workers as [WorkerProcess];
    await one.until(
      'all is handled',
      () => new Set(workers.flatMap(({ ledger }) => ledger.map((entry) => entry.sequenceNumber))).size >= 40,
    );
    expect(await Promise.all(workers.map((worker) => worker.stop()))).toEqual(
      workers.map(() => ({ code: 0, signal: null })),
    );
  } finally {
    for (const worker of workers) await worker.dispose();
  }
}

test('an index that DynamoDB refuses to answer by is told once, and so is its end', async () => {
  const { arn } = await sharedStream(lab, sampleOrders(lab.owner.id, 20), 2);
  let refused = 0;
  const end = door.disturb(({ operation }) => {
    if (operation !== 'Query') return undefined;
    refused++;
    return { error: 'ValidationException', message: 'The table does not have the specified index' };
  });
  await withWorker(lab, arn, { DYNAMO_DB_ENDPOINT: door.endpoint }, async (consumer) => {
    const said = (text: string) => consumer.log.filter(({ msg }) => msg.includes(text));
    await consumer.until('it is refused for a while', () => refused > 5);
    await consumer.until(
      'its begin is told',
      () => said("assigned to this worker can't be found").length > 0,
    );
    expect(said("assigned to this worker can't be found")).toHaveLength(1);
    expect(said("assigned to this worker can't be found")[0]?.msg).toContain(
      'The table does not have the specified index',
    );
    expect(said('Failed to execute lease discovery')).toEqual([]);
    end();
    await consumer.until('all handled', () => consumer.ledger.length >= 20);
    await consumer.until('its end is told', () => said('are found again').length > 0);
    expect((await consumer.stop()).code).toBe(0);
    expect(said('are found again')).toHaveLength(1);
  });
});

describe('a worker with the workerIdentifier of another', () => {
  const env = { KCL_WORKER_IDENTIFIER: 'orders-0', KCL_FAILOVER_TIME_MILLIS: '4000' };
  const hasReported = async (application: string) =>
    (await readLeaseTable(tableLookups(lab.reader.dynamodb, { lease: application })))?.workers.some(
      ({ id }) => id === 'orders-0',
    );

  test.each(['the other has leases', 'the other has none'])('is refused, if %s and lives', async (which) => {
    const shards = which === 'the other has leases' ? 2 : 1;
    const { arn, application } = await sharedStream(lab, sampleOrders(lab.owner.id, 20), shards);
    await withWorker(lab, arn, shards === 1 ? {} : env, async (holder) => {
      await holder.until('all handled', () => holder.ledger.length >= 20);
      await withWorker(lab, arn, shards === 1 ? env : {}, async (other) => {
        await other.until('it runs', () => other.log.some(({ msg }) => msg === 'KCL has started'));
        while (!(await hasReported(application))) await sleep(200); // or there is nothing to be seen of it yet
        await withWorker(lab, arn, env, async (twin) => {
          expect((await twin.ended).code).toBe(2);
          expect(twin.stderr).toMatch(
            /KCL_WORKER_IDENTIFIER\): 'orders-0' is the identifier of a worker that is alive: it has (reported|renewed)/,
          );
          expect(twin.ledger).toEqual([]);
          expect(twin.log.map(({ msg }) => msg)).toContainEqual(
            expect.stringMatching(/KCL_WORKER_IDENTIFIER\) is set: it must be another one in each worker/),
          );
        });
      });
    });
  });

  test('starts once the other has ended, killed or stopped', async () => {
    const { arn } = await sharedStream(lab, sampleOrders(lab.owner.id, 20), 2);
    await withWorker(lab, arn, env, async (first) => {
      await first.until('all handled', () => first.ledger.length >= 20);
      killBoth(first);
      await first.ended;
    });
    await withWorker(lab, arn, env, async (second) => {
      await second.until('it reads', () => second.log.some(({ msg }) => msg === 'shard taken'));
      expect((await second.stop()).code).toBe(0);
    });
    await withWorker(lab, arn, env, async (third) => {
      await third.until('it reads', () => third.log.some(({ msg }) => msg === 'shard taken'));
      expect(third.log.some(({ msg }) => msg.includes('waiting to see'))).toBe(false);
      expect((await third.stop()).code).toBe(0);
    });
  });

  testThoroughly(
    'is not seen if both start at once; then one of the two says that its leases are renewed twice',
    async () => {
      const { arn } = await sharedStream(lab, sampleOrders(lab.owner.id, 20), 2);
      const said = ({ log }: WorkerProcess) =>
        log.some(({ msg }) => msg.startsWith('Another process seems to renew the leases of this worker'));
      await withWorker(lab, arn, env, (one) =>
        withWorker(lab, arn, env, async (other) => {
          await one.until('one of them says so', () => said(one) || said(other));
        }),
      );
    },
  );

  test('starts although only Node was killed, and its JVM gives the leases back meanwhile', async () => {
    const { arn } = await sharedStream(lab, sampleOrders(lab.owner.id, 20), 2);
    await withWorker(lab, arn, env, async (first) => {
      await first.until('all handled', () => first.ledger.length >= 20);
      first.kill('SIGKILL');
      await withWorker(lab, arn, env, async (second) => {
        await second.until('it reads', () => second.log.some(({ msg }) => msg === 'shard taken'));
        expect((await second.stop()).code).toBe(0);
      });
    });
  });
});

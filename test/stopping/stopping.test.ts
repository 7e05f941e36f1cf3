import { setTimeout as sleep } from 'node:timers/promises';
import { type Lab, startLab } from '../../lab/lab.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import type { Placed } from '../faults/judge.js';
import { Random } from '../fuzz/helpers/random.js';
import { LONG_TESTS, testThoroughly } from '../helpers/thorough.js';
import { TRANSPORTS } from '../integration/helpers/fixtures.js';
import { allGone, descendants } from '../lab/helpers/processes.js';
import { type Moment, moments } from './moments.js';
import { Stage } from './stage.js';

/**
 * SIGTERM at any moment is a clean stop: exit code 0, no process left, every lease given back, and the checkpoint behind
 * the last handled record, so that the next worker handles exactly the rest.
 *
 * STOP_SEED repeats a run, STOP_ONLY (a regular expression) chooses moments, STOP_ROUNDS repeats each with other seeds.
 */
const { STOP_ONLY } = process.env;
const ONLY = new RegExp(STOP_ONLY ?? '');
const SEED = Number(process.env.STOP_SEED ?? Date.now() % 1_000_000);
const ROUNDS = Number(process.env.STOP_ROUNDS ?? 1);
const TIMEOUT_MS = 1_800_000;

interface Case {
  readonly name: string;
  readonly moment: Moment;
  readonly transport: (typeof TRANSPORTS)[number];
  readonly seed: number;
}

const cases: Case[] = Array.from({ length: ROUNDS }, (_, round) => SEED + round).flatMap((seed) =>
  moments
    .filter(({ always }) => LONG_TESTS || STOP_ONLY !== undefined || always)
    .flatMap((moment) =>
      TRANSPORTS.filter((transport) => (moment.transport ?? transport) === transport)
        .map((transport) => ({
          name: `${transport}, STOP_SEED=${seed}: ${moment.name}`,
          moment,
          transport,
          seed,
        }))
        .filter(({ name }) => ONLY.test(name)),
    ),
);

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

// Several at once: they mostly wait.
test.concurrent.each(cases)(
  '$name',
  async (one) => {
    expect(await problemsOf(one)).toEqual([]);
  },
  TIMEOUT_MS,
);

if (!LONG_TESTS)
  testThoroughly('at the other moments, and then the rest is handled', () => Promise.resolve());

async function problemsOf({ moment, transport, seed }: Case): Promise<string[]> {
  const random = new Random(Math.imul(seed, 0x9e3779b1) ^ moments.indexOf(moment));
  const stage = await Stage.open(lab, 2, moment.fanOut === true);
  const env = { TRANSPORT: transport, CHECKPOINT_INTERVAL_MS: '3600000' };
  try {
    await stage.putAlso(sampleOrders(lab.owner.id, 80));
    await moment.before?.(stage);
    const worker = stage.start('first', { ...env, ...moment.env });
    await moment.reached(stage, worker, random);
    await sleep(random.below(moment.spreadMs));
    const processes = descendants(worker.pid).map(({ pid }) => pid);
    if (moment.toAll) signalAll(random.onceIn(2) ? processes : processes.reverse());
    const end = await worker.stop();
    const problems = [
      ...(end.code === 0 ? [] : [`exit ${end.code ?? end.signal}`]),
      ...((await allGone(processes)) ? [] : ['a process is left']),
      ...(await notGivenBack(stage, 'first')),
      ...(await notAtTheLast(stage)),
    ];
    if (problems.length === 0 && LONG_TESTS) problems.push(...(await problemsOfTheRest(stage, env)));
    return problems.length > 0 ? [...problems, stage.logs] : [];
  } finally {
    await stage.dispose();
  }
}

function signalAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGTERM');
    } catch {
      // It has ended meanwhile.
    }
  }
}

async function notGivenBack(stage: Stage, worker: string): Promise<string[]> {
  const kept = (await stage.leases()).filter((one) =>
    [one.owner, one.checkpointOwner].some((owner) => owner === worker),
  );
  return kept.map((one) => `not given back: ${JSON.stringify(one)}`);
}

/** Of a worker that was alone: what it has handled is checkpointed, and nothing beyond. */
async function notAtTheLast(stage: Stage): Promise<string[]> {
  if (stage.workers.length > 1) return [];
  const { handled } = stage;
  return (await stage.leases()).flatMap(({ shard, checkpoint }) => {
    const last = handled.findLast((one) => one.shard === shard)?.sequenceNumber ?? 'TRIM_HORIZON';
    const right = checkpoint === last || (checkpoint === 'SHARD_END' && allOf(stage, shard));
    return right ? [] : [`${shard}: the checkpoint is ${checkpoint}, the last handled ${last}`];
  });
}

function allOf({ put, handled }: Stage, shard: string): boolean {
  const seen = new Set(handled.map(({ sequenceNumber }) => sequenceNumber));
  return put.every((one) => one.shard !== shard || seen.has(one.sequenceNumber));
}

/** The next worker, or the other one, handles the rest, and no record again. */
async function problemsOfTheRest(stage: Stage, env: Record<string, string>): Promise<string[]> {
  const HEALED = { KINESIS_ENDPOINT: stage.lab.gate.endpoint, MAX_ATTEMPTS: '1', ON_FAILURE: 'skip' };
  const next = stage.workers.find(({ running }) => running) ?? stage.start('second', { ...env, ...HEALED });
  await next.until('the next worker has started', () =>
    next.log.some(({ msg }) => msg === 'KCL has started'),
  );
  await stage.untilAllHandled();
  const end = await next.stop();
  return [
    ...(end.code === 0 ? [] : [`the next worker: exit ${end.code ?? end.signal}`]),
    ...(await notGivenBack(stage, 'second')),
    ...twice(stage.handled),
  ];
}

function twice(handled: readonly Placed[]): string[] {
  const seen = new Set<string>();
  const again = handled.filter(({ sequenceNumber }) => seen.size === seen.add(sequenceNumber).size);
  return again.map(({ shard, sequenceNumber }) => `${shard}: ${sequenceNumber} was handled twice`);
}

import fc from 'fast-check';
import { parseStreamArn } from '../../src/aws/arn.js';
import { decideEpoch, type EpochFacts, epochsOf } from '../../src/leases/creation-epoch.js';
import { leasesWith } from './helpers/lease-tables.js';

const STREAM = parseStreamArn('arn:aws:kinesis:eu-west-1:111111111111:stream/orders');
const EARLIER = 1_600_000_000;
const CREATED = 1_700_000_000;
const LATER = 1_750_000_000;
const BEFORE_ALL = 1_500_000_000;

/** Leases of the stream with these epochs, one shard each. */
function leasesOf(epochs: readonly number[]) {
  return leasesWith(...epochs.map((epoch) => `111111111111:orders:${epoch}:shardId-000000000000`));
}

function decide(configured: number | 'auto', epochs: readonly number[], facts: Partial<EpochFacts> = {}) {
  const leases = leasesOf(epochs);
  return decideEpoch({ stream: STREAM, configured, ofStream: CREATED, leases, allowChange: false, ...facts });
}

function refusalOf(configured: number | 'auto', epochs: readonly number[]) {
  const decision = decide(configured, epochs);
  if (!('refusal' in decision)) throw new Error(`not refused: ${JSON.stringify(decision)}`);
  return decision;
}

/** The configured value and the epochs of the leases, for a stream of 1700000000. */
const ACCEPTED = [
  ['auto', [], 'stream'],
  ['auto', [CREATED], 'leases'],
  ['auto', [EARLIER, CREATED], 'leases'],
  ['auto', [CREATED, LATER], 'leases'],
  [CREATED, [], 'configuration'],
  [CREATED, [CREATED], 'configuration'],
  [CREATED, [EARLIER, CREATED, LATER], 'configuration'],
] as const;

test.each(ACCEPTED)("%s with leases of %j is the stream's own, from the %s", (configured, epochs, source) => {
  expect(decide(configured, epochs)).toEqual({ epoch: CREATED, source });
});

test.each(ACCEPTED)('%s with leases of %j is the same where a change is allowed', (configured, epochs) => {
  expect(decide(configured, epochs, { allowChange: true })).toEqual(decide(configured, epochs));
});

const AGAIN = 'new leases would be made, and everything that is retained read again';
const REFUSED = [
  ['auto', [EARLIER], AGAIN],
  ['auto', [LATER], AGAIN],
  ['auto', [EARLIER, LATER], AGAIN],
  [CREATED, [EARLIER], AGAIN],
  [CREATED, [LATER], AGAIN],
  [EARLIER, [], AGAIN],
  [LATER, [], AGAIN],
  [EARLIER, [CREATED], AGAIN],
  [LATER, [CREATED], AGAIN],
  [EARLIER, [LATER], AGAIN],
  [EARLIER, [EARLIER], `it would continue from the leases of ${EARLIER}`],
  [EARLIER, [CREATED, EARLIER], `it would continue from the leases of ${EARLIER}`],
  [LATER, [LATER], `it would continue from the leases of ${LATER}`],
] as const;

test.each(REFUSED)('%s with leases of %j is refused: %s', (configured, epochs, outcome) => {
  expect(refusalOf(configured, epochs).refusal).toMatch(new RegExp(`; ${outcome}$`));
});

test.each(REFUSED)(
  '%s with leases of %j is taken where a change is allowed',
  (configured, epochs, outcome) => {
    expect(decide(configured, epochs, { allowChange: true })).toEqual({
      epoch: configured === 'auto' ? CREATED : configured,
      source: 'configuration',
      warning: expect.stringMatching(new RegExp(`; allowEpochChange is set: ${outcome}$`)),
    });
  },
);

const AT = {
  [EARLIER]: '1600000000 (2020-09-13T12:26:40Z)',
  [CREATED]: '1700000000 (2023-11-14T22:13:20Z)',
  [LATER]: '1750000000 (2025-06-15T15:06:40Z)',
};

describe('a refusal names the values', () => {
  test('of the configuration and of the stream', () => {
    expect(refusalOf(EARLIER, []).refusal).toBe(
      `streamCreationEpoch is ${AT[EARLIER]}, the stream ${STREAM.arn} was created at ${AT[CREATED]}; ${AGAIN}`,
    );
  });

  test('of the configuration, of the stream and of each lease, the latest first', () => {
    expect(refusalOf(CREATED, [EARLIER, LATER]).refusal).toContain(
      `streamCreationEpoch is ${AT[CREATED]}, the stream ${STREAM.arn} was created at ${AT[CREATED]}, ` +
        `its leases have ${AT[LATER]} and ${AT[EARLIER]}; `,
    );
  });

  test('of the stream and the leases for auto, which is not named', () => {
    expect(refusalOf('auto', [LATER]).refusal).toBe(
      `the stream ${STREAM.arn} was created at ${AT[CREATED]}, and its leases have ${AT[LATER]}; ${AGAIN}`,
    );
  });

  test('and that a stream with earlier leases was made again', () => {
    expect(refusalOf('auto', [EARLIER]).refusal).toContain(
      `its leases have ${AT[EARLIER]}: it was deleted and made again after they were made; `,
    );
  });
});

describe('the ways out', () => {
  test.each([
    [EARLIER, []],
    [LATER, []],
    [EARLIER, [CREATED]],
    [LATER, [CREATED]],
    [EARLIER, [EARLIER, CREATED]],
    [LATER, [CREATED, LATER]],
    [BEFORE_ALL, [EARLIER, CREATED]],
  ])('of %s with leases of %j: auto, which is not refused', (configured, epochs) => {
    expect(refusalOf(configured, epochs).remedy).toBe(
      'Use streamCreationEpoch = auto; or --allow-epoch-change, if the epoch is meant.',
    );
    expect(decide('auto', epochs)).not.toHaveProperty('refusal');
  });

  test.each([
    ['auto' as const, [EARLIER], EARLIER],
    ['auto' as const, [EARLIER, LATER], LATER],
    [CREATED, [EARLIER], EARLIER],
    [EARLIER, [EARLIER], EARLIER],
    [EARLIER, [LATER], LATER],
  ])('of %s with leases of %j: reading again, or the leases of %s', (configured, epochs, latest) => {
    expect(refusalOf(configured, epochs).remedy).toBe(
      `To read the stream of ${CREATED} from its initial position: streamCreationEpoch = auto and --allow-epoch-change, once. ` +
        `To continue from the leases of ${latest}, if it is the same stream and the epoch was chosen by hand: ` +
        `streamCreationEpoch = ${latest} and --allow-epoch-change.`,
    );
  });
});

describe('the epochs of leases', () => {
  test('are each told once, the latest first', () => {
    const leases = leasesWith(
      ...[CREATED, EARLIER, LATER, CREATED].map(
        (epoch, n) => `111111111111:orders:${epoch}:shardId-00000${n}`,
      ),
    );

    expect(epochsOf(STREAM, leases)).toEqual([LATER, CREATED, EARLIER]);
  });

  test.each([
    ['another account', `222222222222:orders:${EARLIER}:shardId-000000000000`],
    ['another name', `111111111111:orders-2:${EARLIER}:shardId-000000000000`],
    ['no name at all', 'shardId-000000000000'],
  ])('of a stream with %s do not count', (_what, key) => {
    expect(epochsOf(STREAM, leasesWith(key))).toEqual([]);
    expect(decide('auto', [], { leases: leasesWith(key) })).toEqual({ epoch: CREATED, source: 'stream' });
  });
});

describe('whatever is configured and found', () => {
  const epoch = fc.integer({ min: 1_699_999_998, max: 1_700_000_002 });
  const facts = fc.record({
    configured: fc.oneof(fc.constant('auto' as const), epoch),
    ofStream: epoch,
    leases: fc.array(epoch, { maxLength: 4 }).map(leasesOf),
  });

  test("the decided epoch is the stream's own, and one of the leases' if there are any", () => {
    fc.assert(
      fc.property(facts, (given) => {
        const decision = decideEpoch({ stream: STREAM, allowChange: false, ...given });
        if ('refusal' in decision) return;
        const ofLeases = epochsOf(STREAM, given.leases);
        expect(decision.epoch).toBe(given.ofStream);
        if (ofLeases.length > 0) expect(ofLeases).toContain(decision.epoch);
      }),
    );
  });

  test('a change that is allowed is never refused, and warned of exactly where it would have been', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const refused = 'refusal' in decideEpoch({ stream: STREAM, allowChange: false, ...given });
        const allowed = decideEpoch({ stream: STREAM, allowChange: true, ...given });
        expect(allowed).toHaveProperty(
          'epoch',
          given.configured === 'auto' ? given.ofStream : given.configured,
        );
        expect('warning' in allowed).toBe(refused);
      }),
    );
  });
});

import { type Evidence, type Expected, type Handled, judge, type Stored } from './judge.js';

const number = (n: number) => String(49_000_000_000n + BigInt(n));
const put = (count: number, shard = 'a') =>
  Array.from({ length: count }, (_, n) => ({ shard, sequenceNumber: number(n) }));

/** Records of a run, one each millisecond from the time. */
function handled(positions: readonly number[], { run = 0, from = 0, shard = 'a' } = {}): Handled[] {
  return positions.map((n, index) => ({ shard, sequenceNumber: number(n), at: from + index, run }));
}

const stored = (position: number | string, at: number, shard = 'a'): Stored => ({
  shard,
  checkpoint: typeof position === 'number' ? number(position) : position,
  at,
});

/** Ten records, handled and checkpointed, and whatever differs. */
function judged(evidence: Partial<Evidence>, expected: Partial<Expected> = {}) {
  return judge(
    {
      put: put(10),
      handled: handled([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
      checkpoints: [stored('TRIM_HORIZON', 0), stored(9, 1000)],
      exits: [],
      stops: [0],
      ...evidence,
    },
    { exits: [], duplicates: 'since the checkpoint', ...expected },
  );
}

test('all as promised', () => {
  expect(judged({})).toEqual({
    put: 10,
    handled: 10,
    lost: 0,
    duplicates: 0,
    bound: 0,
    orderKept: true,
    problems: [],
  });
});

test('a loss: in the middle, at the end, of a whole shard', () => {
  expect(judged({ handled: handled([0, 1, 2, 4, 5, 6, 7, 8, 9]) })).toMatchObject({
    lost: 1,
    handled: 9,
    problems: ['a: lost 1 (…49000000003)'],
  });
  expect(judged({ handled: handled([0, 1, 2, 3, 4, 5]) }).problems).toEqual([
    'a: lost 4 (…49000000006, …49000000007, …49000000008 …)',
  ]);
  expect(judged({ put: [...put(10), ...put(2, 'b')] })).toMatchObject({
    lost: 2,
    problems: ['b: lost 2 (…49000000000, …49000000001)'],
  });
});

test('what comes twice does not make up for what is lost', () => {
  const twice = [...handled([0, 1, 2, 3, 4]), ...handled([4, 5, 6, 7, 8], { run: 1, from: 100 })];
  expect(judged({ handled: twice, checkpoints: [stored(3, 50), stored(8, 1000)] })).toMatchObject({
    lost: 1,
    duplicates: 1,
  });
});

test('a record that comes late is out of order, in one run or over two', () => {
  const late = expect.objectContaining({
    orderKept: false,
    problems: ['a: 49000000003 came after later records'],
  });
  expect(judged({ handled: handled([0, 1, 2, 4, 3, 5, 6, 7, 8, 9]) })).toEqual(late);
  const overTwo = [...handled([0, 1, 2, 4, 5]), ...handled([3, 6, 7, 8, 9], { run: 1, from: 100 })];
  expect(judged({ handled: overTwo })).toEqual(late);
});

test('records of several shards may come in any order among each other', () => {
  const both = [...handled([0, 1, 2], { shard: 'b', from: 5 }), ...handled([0, 1, 2])];
  const checkpoints = [stored(2, 100, 'a'), stored(2, 100, 'b')];
  expect(judged({ put: [...put(3), ...put(3, 'b')], handled: both, checkpoints }).problems).toEqual([]);
});

describe('records that come again', () => {
  const again = (from: number) => [
    ...handled([0, 1, 2, 3, 4, 5, 6]),
    ...handled([3, 4, 5, 6, 7, 8, 9], { run: 1, from }),
  ];

  test('since the last stored checkpoint are as promised', () => {
    const checkpoints = [stored(1, 3), stored(9, 1000)];
    expect(judged({ handled: again(100), checkpoints })).toMatchObject({
      duplicates: 4,
      bound: 5,
      problems: [],
    });
  });

  test('though none may: what was checkpointed counts as handled', () => {
    const checkpoints = [stored(2, 3), stored(9, 1000)];
    expect(judged({ handled: again(100), checkpoints }, { duplicates: 'none' })).toMatchObject({
      bound: 0,
      problems: ['4 records came again, and only 0 may'],
    });
  });

  test('from before the last stored checkpoint', () => {
    const checkpoints = [stored(4, 50), stored(9, 1000)];
    expect(judged({ handled: again(100), checkpoints }).problems).toEqual([
      'a: 49000000003 came again though its checkpoint was stored',
      '4 records came again, and only 2 may',
    ]);
  });

  test('but a checkpoint that was stored later does not count', () => {
    const checkpoints = [stored(2, 50), stored(9, 101)];
    expect(judged({ handled: again(100), checkpoints }).problems).toEqual([]);
  });

  test('within one run, as when a lease is lost and taken again', () => {
    const rewound = handled([0, 1, 2, 3, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(judged({ handled: rewound, checkpoints: [stored(1, 2), stored(9, 1000)] })).toMatchObject({
      duplicates: 2,
      bound: 2,
      problems: [],
    });
    expect(judged({ handled: rewound, checkpoints: [stored(2, 2), stored(9, 1000)] }).problems).toHaveLength(
      2,
    );
  });

  test("from another worker that goes on with the rest of its batch: more than the new holder's start allows", () => {
    const checkpoints = [stored(4, 4), stored(9, 1000)];
    const together = [
      ...handled([0, 1, 2, 3, 4, 5]),
      ...handled([5, 6, 7, 8, 9], { run: 1, from: 100 }),
      ...handled([6, 7, 8, 9], { run: 0, from: 200 }),
    ];
    expect(judged({ handled: together, checkpoints })).toMatchObject({
      duplicates: 5,
      bound: 1,
      problems: ['5 records came again, and only 1 may'],
    });
  });

  test('of a shard that was checkpointed to its end', () => {
    const checkpoints = [stored('SHARD_END', 50)];
    const after = [...handled([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), ...handled([9], { run: 1, from: 100 })];
    expect(judged({ handled: after, checkpoints }).problems).toEqual([
      'a: 49000000009 came again though its checkpoint was stored',
      '1 records came again, and only 0 may',
    ]);
  });
});

test('exits: another code, one too many, one that is missing, a final stop that failed', () => {
  expect(judged({ exits: [1] }, { exits: [5] }).problems).toEqual([
    'exits before the stop: 1; documented: 5',
  ]);
  expect(judged({ exits: ['SIGKILL'] }).problems).toEqual([
    'exits before the stop: SIGKILL; documented: none',
  ]);
  expect(judged({}, { exits: [5] }).problems).toEqual(['exits before the stop: none; documented: 5']);
  expect(judged({ exits: [5] }, { exits: [5] }).problems).toEqual([]);
  expect(judged({ stops: [0, 5] }).problems).toEqual(['the final stop ended with 0, 5']);
  expect(judged({ stops: [], checkpoints: [stored(6, 1000)] }).problems).toEqual([
    'the final stop ended with nothing: it was not reached',
  ]);
});

test('after a stop that went well, a checkpoint that is behind', () => {
  expect(judged({ checkpoints: [stored(6, 1000)] }).problems).toEqual([
    'a: the last checkpoint is 3 records behind',
  ]);
  expect(judged({ checkpoints: [] }).problems).toEqual(['a: the last checkpoint is 10 records behind']);
  expect(judged({ checkpoints: [stored('SHARD_END', 1000)] }).problems).toEqual([]);
});

test('a record that was never put', () => {
  expect(
    judged({ handled: [...handled([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), ...handled([77])] }).problems,
  ).toEqual(['handled what was never put: 1 (…49000000077)']);
});

test("a child that begins before its parent's end", () => {
  const family = {
    put: [...put(3), ...put(2, 'b')],
    checkpoints: [stored('SHARD_END', 100), stored(1, 100, 'b')],
    parents: new Map([['b', ['a']]]),
  };
  const parent = handled([0, 1, 2], { from: 10 });
  expect(
    judged({ ...family, handled: [...parent, ...handled([0, 1], { shard: 'b', from: 20 })] }).problems,
  ).toEqual([]);
  expect(
    judged({ ...family, handled: [...parent, ...handled([0, 1], { shard: 'b', from: 11 })] }),
  ).toMatchObject({
    orderKept: false,
    problems: ['b began before its parent a was handled to its end'],
  });
});

test('a shard that comes back to a worker from another: since the checkpoint that it finds', () => {
  const there = handled([4, 5, 6], { run: 1, from: 200 });
  const back = handled([5, 6, 7, 8, 9], { from: 300 });
  const checkpoints = [stored(3, 100), stored(4, 250), stored(9, 1000)];
  const evidence = { handled: [...handled([0, 1, 2, 3]), ...there, ...back], checkpoints };
  const taken = [{ shard: 'a', run: 0, at: 290 }];
  expect(judged({ ...evidence, taken })).toMatchObject({ duplicates: 2, bound: 2, problems: [] });
  expect(judged({ ...evidence, taken: [{ shard: 'a', run: 0, at: 0 }] }).problems).toEqual([
    '2 records came again, and only 0 may',
  ]);
});

test('a record that is given up is not lost, if that is documented', () => {
  const evidence = {
    handled: handled([0, 1, 2, 4, 5, 6, 7, 8, 9]),
    givenUp: [
      { shard: 'a', sequenceNumber: number(3) },
      { shard: 'a', sequenceNumber: number(3) },
    ],
  };
  expect(judged(evidence, { givenUp: 1 })).toMatchObject({ lost: 0, handled: 9, problems: [] });
  expect(judged(evidence).problems).toEqual(['1 records were skipped or sent to the queue; expected: 0']);
  expect(judged({}, { givenUp: 1 }).problems).toEqual([
    '0 records were skipped or sent to the queue; expected: 1',
  ]);
});

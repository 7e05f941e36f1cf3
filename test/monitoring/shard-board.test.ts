import { KEPT_MS, ShardBoard } from '../../src/monitoring/shard-board.js';
import { records } from '../helpers/records.js';
import { STREAM } from '../helpers/stream.js';
import { PAYMENTS } from './helpers/tallies.js';

test('a shard that is taken is held until it is left', () => {
  const board = new ShardBoard();
  const observer = board.shardTaken(STREAM, 'shard-1');
  board.shardTaken(STREAM, 'shard-2');
  expect(board.leasesHeld).toBe(2);

  observer.left('lease lost');

  expect(board.leasesHeld).toBe(1);
  expect(board.tallies().map(({ shard, left }) => [shard, left?.reason])).toEqual([
    ['shard-1', 'lease lost'],
    ['shard-2', undefined],
  ]);
});

test('shards of one name in two streams are two', () => {
  const board = new ShardBoard();
  board.shardTaken(PAYMENTS, 'shard-1');
  board.shardTaken(STREAM, 'shard-1');

  expect(board.tallies().map(({ stream }) => stream.arn)).toEqual([STREAM.arn, PAYMENTS.arn]);
});

test('a shard that was left is dropped, when every scraper has had its last counts', () => {
  const board = new ShardBoard();
  board.shardTaken(STREAM, 'shard-1').left('shard ended');
  const at = board.tallies()[0]?.left?.at ?? 0;

  expect(board.tallies(at + KEPT_MS)).toHaveLength(1);
  expect(board.tallies(at + KEPT_MS + 1)).toEqual([]);
});

test('it is dropped also if nobody scrapes, when another is taken', () => {
  const board = new ShardBoard();
  board.shardTaken(STREAM, 'shard-1').left('shard ended');
  const at = board.tallies()[0]?.left?.at ?? 0;
  board.shardTaken(STREAM, 'shard-2', at + KEPT_MS + 1);

  expect(board.tallies(at).map(({ shard }) => shard)).toEqual(['shard-2']);
});

test('a shard that is taken again goes on counting: counters must not fall', () => {
  const board = new ShardBoard();
  const first = board.shardTaken(STREAM, 'shard-1');
  first.handled(3);
  first.left('handed over');
  board.shardTaken(STREAM, 'shard-1').handled(2);

  expect(board.tallies()).toMatchObject([{ handled: 5, left: undefined }]);
});

test('the end of a delivery that was replaced does not count', () => {
  const board = new ShardBoard();
  const before = board.shardTaken(STREAM, 'shard-1');
  board.shardTaken(STREAM, 'shard-1');

  before.left('disconnected');

  expect(board.leasesHeld).toBe(1);
});

test('a batch is counted with its records and bytes, an empty one too', () => {
  const board = new ShardBoard();
  const observer = board.shardTaken(STREAM, 'shard-1');
  observer.batch(records(3), 1500);
  observer.batch([], 0);

  expect(board.tallies()).toMatchObject([{ batches: 2, records: 3, bytes: 12, millisBehindLatest: 0 }]);
  expect(board.tallies()[0]?.lag.points(Date.now())).toContain(1500);
});

test('a checkpoint that is stored and one that is not are told apart; the error is kept', () => {
  const board = new ShardBoard();
  const observer = board.shardTaken(STREAM, 'shard-1');
  observer.checkpointStored(0.01);
  observer.checkpointFailed(new Error('throttled'), 2);

  expect(board.tallies()).toMatchObject([
    { checkpointsStored: 1, checkpointsFailed: 1, lastError: { text: 'Error: throttled' } },
  ]);
});

test('whatever a handler throws has a text', () => {
  const board = new ShardBoard();
  const observer = board.shardTaken(STREAM, 'shard-1');
  observer.attemptFailed({ toString: null });

  expect(typeof board.tallies()[0]?.lastError?.text).toBe('string');
});

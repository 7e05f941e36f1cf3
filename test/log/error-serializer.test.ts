import { pino } from 'pino';
import { workerStopsAt } from '../../src/delivery/failed-record.js';
import { HandlerError } from '../../src/errors/errors.js';
import { errorForLog } from '../../src/log/error-serializer.js';
import { loggerOptions } from '../../src/log/json-logger.js';
import type { Line } from '../helpers/memory-log.js';
import { recordOf } from '../helpers/records.js';
import { STREAM } from '../helpers/stream.js';

const messageOf = (error: Error) => (errorForLog(error) as Error).message;
const failed = (error: unknown) =>
  workerStopsAt({ stream: STREAM, shard: 's', record: recordOf(), error, attempts: 1 });
const times = (text: string, part: string) => text.split(part).length - 1;

test.each<[string, Error]>([
  ['an error that explains its cause', failed(new Error('boom'))],
  ['one of others, whose message has it too', new Error('save failed: boom', { cause: new Error('boom') })],
  ['a plain one', new Error('boom')],
])('%s says its cause once', (_name, error) => {
  expect(times(messageOf(error), 'boom')).toBe(1);
});

test('a cause that the message does not have is added, and one behind it', () => {
  const cause = new Error('connect failed', { cause: new Error('ECONNREFUSED') });
  expect(messageOf(new Error('save failed', { cause }))).toBe('save failed: connect failed: ECONNREFUSED');
  expect(messageOf(failed(new Error('save failed', { cause })))).toMatch(
    /: Error: save failed: connect failed: ECONNREFUSED$/,
  );
});

test('a cause that was cut is not added in full', () => {
  expect(messageOf(failed(new Error('x'.repeat(100_000)))).length).toBeLessThan(5_000);
});

test('causes that go round end', () => {
  const error = new Error('a');
  error.cause = new Error('b', { cause: error });
  expect(messageOf(error)).toBe('a: b');
});

test('what a child has serialized, and what is no error, stays as it is', () => {
  const line = { type: 'HandlerError', message: 'a: b', stack: 'at x' };
  expect(errorForLog(line as unknown as Error)).toBe(line);
  for (const thrown of ['text', undefined, null, 42]) expect(errorForLog(thrown as never)).toBe(thrown);
});

const refuses = () => {
  throw new Error('no');
};
test.each([
  ['getters', Object.defineProperty(new Error('x'), 'message', { get: refuses })],
  ['proxies', new Proxy({}, { get: refuses, ownKeys: refuses, getPrototypeOf: refuses })],
])('%s that throw do not throw here', (_what, thrown) => {
  expect(errorForLog(thrown as Error)).toEqual({ message: 'the error can not be shown' });
});

test('the type, stack and fields of an error are kept', () => {
  const error = new HandlerError('boom', { remedy: 'Look.' });
  expect(errorForLog(error)).toMatchObject({
    type: 'HandlerError',
    code: 'XAK_HANDLER',
    remedy: 'Look.',
    stack: error.stack,
  });
});

test('every logger has it', () => {
  const lines: string[] = [];
  const logger = pino(loggerOptions('info'), { write: (line: string) => void lines.push(line) });
  logger.child({ shard: 's' }).error({ err: failed(new Error('boom')) });
  expect(times((JSON.parse(lines[0] ?? '') as Line).err?.message ?? '', 'boom')).toBe(1);
});

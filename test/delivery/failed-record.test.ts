import { failureReason } from '../../src/delivery/failed-record.js';

test('an error: its name, text, code and stack', () => {
  const error = Object.assign(new RangeError('too far'), { code: 'E_FAR' });

  expect(failureReason(error)).toEqual({
    name: 'RangeError',
    message: 'too far',
    code: 'E_FAR',
    stack: error.stack,
  });
});

test.each([
  ['text', { name: 'string', message: 'text', code: undefined, stack: undefined }],
  [undefined, { name: 'undefined', message: 'undefined' }],
  [null, { name: 'object', message: 'null' }],
  [42n, { name: 'bigint', message: '42n' }],
  [
    { code: 7, why: 'x' },
    { name: 'object', message: "{ code: 7, why: 'x' }", code: '7' },
  ],
  [Object.create(null), { name: 'object', message: '[Object: null prototype] {}' }],
])('what is no error: %p', (thrown, reason) => {
  expect(failureReason(thrown)).toMatchObject(reason);
});

const refuses = () => {
  throw new Error('no');
};
test.each([
  ['getters', Object.defineProperty(new Error('x'), 'message', { get: refuses })],
  ['proxies', new Proxy({}, { get: refuses, ownKeys: refuses, getPrototypeOf: () => null })],
  ['own ways to be shown', { [Symbol.for('nodejs.util.inspect.custom')]: refuses }],
])('%s that throw do not throw here', (_what, thrown) => {
  const { name, message } = failureReason(thrown);

  expect([typeof name, typeof message]).toEqual(['string', 'string']);
});

test('long texts are cut, saying how much is missing', () => {
  const error = new Error('x'.repeat(5000));
  error.stack = 'y'.repeat(4097);

  const { message, stack } = failureReason(error);

  expect(message).toBe(`${'x'.repeat(4096)}… (904 characters more)`);
  expect(stack).toBe(`${'y'.repeat(4096)}… (1 characters more)`);
});

test('half of a pair, of the text or made by cutting, is replaced', () => {
  expect(failureReason(new Error('a\uD83Db😀')).message).toBe('a\uFFFDb😀');
  expect(failureReason(new Error(`${'x'.repeat(4095)}😀`)).message).toBe(
    `${'x'.repeat(4095)}\uFFFD… (1 characters more)`,
  );
});

import { jest } from '@jest/globals';
import { type StopRequest, StopSignals } from '../../src/consumer/stop-signals.js';

let signals: StopSignals;
let before: number;
const listeners = () => process.listenerCount('SIGTERM') + process.listenerCount('SIGINT');

beforeEach(() => {
  before = listeners();
  signals = new StopSignals();
});
afterEach(() => signals.close());

test.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('%s asks for a stop, a second one for the end at once', (signal, exitCode) => {
  const requests: StopRequest[] = [];
  signals.onStop((request) => requests.push(request));

  process.emit(signal, signal);
  process.emit(signal, signal);

  expect(requests).toEqual([
    { signal, atOnce: false, exitCode },
    { signal, atOnce: true, exitCode },
  ]);
});

test('the second may be the other one, whose exit code counts', () => {
  const requests: StopRequest[] = [];
  signals.onStop((request) => requests.push(request));
  process.emit('SIGTERM', 'SIGTERM');
  process.emit('SIGINT', 'SIGINT');
  expect(requests[1]).toEqual({ signal: 'SIGINT', atOnce: true, exitCode: 130 });
});

test('one that comes before anybody listens is kept', () => {
  const requests: StopRequest[] = [];
  process.emit('SIGTERM', 'SIGTERM');
  signals.onStop((request) => requests.push(request));
  expect(requests).toEqual([{ signal: 'SIGTERM', atOnce: false, exitCode: 143 }]);
});

test('two before anybody listens end the process', () => {
  const exit = jest.spyOn(process, 'exit').mockReturnValue(undefined as never);
  try {
    process.emit('SIGTERM', 'SIGTERM');
    expect(exit).not.toHaveBeenCalled();
    process.emit('SIGINT', 'SIGINT');
    expect(exit).toHaveBeenCalledWith(130);
  } finally {
    exit.mockRestore();
  }
});

test('close leaves no listener behind', () => {
  expect(listeners()).toBe(before + 2);
  signals.close();
  expect(listeners()).toBe(before);
});

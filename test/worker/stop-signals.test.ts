import { jest } from '@jest/globals';
import { type StopRequest, StopSignals } from '../../src/worker/stop-signals.js';

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

describe('a log that can not be written', () => {
  const asked = () => {
    const requests: StopRequest[] = [];
    const lost = new AbortController();
    signals.close();
    signals = new StopSignals();
    signals.alsoOnLostLog(lost.signal);
    return { requests, lost, listen: () => signals.onStop((request) => requests.push(request)) };
  };
  const stop = { signal: undefined, atOnce: false, exitCode: 6 };

  test('asks for a stop, whoever listens when', () => {
    const { requests, lost, listen } = asked();
    lost.abort();
    listen();
    expect(requests).toEqual([stop]);
  });

  test('before there are signals, too', () => {
    signals.close();
    signals = new StopSignals();
    signals.alsoOnLostLog(AbortSignal.abort());
    const requests: StopRequest[] = [];
    signals.onStop((request) => requests.push(request));
    expect(requests).toEqual([stop]);
  });

  test('after a signal it is no second one: Ctrl-C also ends what reads the log', () => {
    const { requests, lost, listen } = asked();
    listen();
    process.emit('SIGINT', 'SIGINT');
    lost.abort();
    expect(requests).toMatchObject([{ signal: 'SIGINT', atOnce: false }]);
  });

  test('before a signal: that one finds the stop under way, the next ends at once', () => {
    const { requests, lost, listen } = asked();
    listen();
    lost.abort();
    process.emit('SIGTERM', 'SIGTERM');
    expect(requests).toEqual([stop]);
    process.emit('SIGTERM', 'SIGTERM');
    expect(requests[1]).toEqual({ signal: 'SIGTERM', atOnce: true, exitCode: 143 });
  });
});

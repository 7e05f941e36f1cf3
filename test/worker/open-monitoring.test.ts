import type { Monitoring } from '../../src/monitoring/monitoring.js';
import { eventsFor, openMonitoring } from '../../src/worker/open-monitoring.js';
import { load } from '../config/load-helpers.js';
import { memoryLog } from '../helpers/memory-log.js';
import { STREAM } from '../helpers/stream.js';

let monitoring: Monitoring | undefined;
afterEach(() => monitoring?.close());

function open(env: Record<string, string>) {
  const { config } = load({ env: { STREAM_ARN: STREAM.arn, ...env } });
  const log = memoryLog();
  return { log, opened: openMonitoring(config, log.logger) };
}

test('without a port there is none', async () => {
  expect(await open({}).opened).toBeUndefined();
});

test('with one it listens, and the log says where', async () => {
  const { log, opened } = open({ HTTP_PORT: '0' });
  monitoring = await opened;

  expect(log.lines).toMatchObject([
    { host: '127.0.0.1', port: expect.any(Number), paths: ['/', '/livez', '/readyz', '/metrics'] },
  ]);
});

test('what the launcher tells becomes the state of the worker, also a stop that nobody here asked for', async () => {
  monitoring = await open({ HTTP_PORT: '0' }).opened;
  if (monitoring === undefined) throw new Error('no monitoring');
  const { worker } = monitoring;
  const { onWorkerState, onExit } = eventsFor(monitoring);
  worker.jvmStarted();

  onWorkerState?.({ state: 'STARTED', worker: 'host-1:a' });
  expect([worker.phase, worker.id]).toEqual(['running', 'host-1:a']);
  onWorkerState?.({ state: 'SHUT_DOWN_STARTED', worker: undefined });
  expect([worker.phase, worker.jvm]).toEqual(['stopping', 'up']);
  onExit?.();
  expect(worker.jvm).toBe('ended');
});

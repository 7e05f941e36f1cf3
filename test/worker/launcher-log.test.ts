import fc from 'fast-check';
import type { LeaseReport } from '../../src/monitoring/held-leases.js';
import {
  type AggregatesNotTakenApart,
  LauncherLog,
  type WorkerState,
} from '../../src/worker/launcher-log.js';
import { memoryLog } from '../helpers/memory-log.js';

const JAVA = 'crossaccountkcl.run.WorkerRun';

function launcherLog() {
  const { logger, lines } = memoryLog();
  return { log: new LauncherLog(logger), lines };
}

test.each([
  ['trace', 10],
  ['debug', 20],
  ['info', 30],
  ['warn', 40],
  ['error', 50],
])("KCL's lines of level %s keep it, with their fields", (level, number) => {
  const { log, lines } = launcherLog();
  log.line(JSON.stringify({ level, logger: 'software.amazon.X', thread: 'main', msg: 'hello' }), 'stdout');
  expect(lines).toMatchObject([
    { level: number, msg: 'hello', component: 'launcher', logger: 'software.amazon.X', thread: 'main' },
  ]);
});

test.each([
  [10, 10],
  [20, 20],
  [30, 30],
  [40, 40],
  [50, 50],
  [60, 60],
  [35, 30],
])(
  "a child's line of pino's level %d is logged as %d, with the child's pid and no second time",
  (level, logged) => {
    const { log, lines } = launcherLog();
    const line = {
      level,
      time: '2020-01-01T00:00:00.000Z',
      pid: 77,
      hostname: 'there',
      shard: 's',
      msg: 'hello',
    };
    log.line(JSON.stringify(line), 'stderr');
    expect(lines).toMatchObject([
      { level: logged, childPid: 77, pid: process.pid, shard: 's', msg: 'hello' },
    ]);
    expect(lines[0]?.time).not.toBe(line.time);
    expect(lines[0]?.hostname).not.toBe('there');
  },
);

test('a level that nobody knows is info', () => {
  const { log, lines } = launcherLog();
  log.line('{"level":"loud","msg":"hello"}', 'stdout');
  log.line('{"level":null,"msg":"hello"}', 'stdout');
  expect(lines.map(({ level }) => level)).toEqual([30, 30]);
});

test.each([
  ['plain text of stdout', 'hello %s %d %%', 'stdout', 30],
  ['plain text of stderr', 'Exception in thread "main" X', 'stderr', 50],
  ['JSON without a level', '{"msg":"hello"}', 'stderr', 50],
  ['JSON that is cut', '{"level":"info","msg":', 'stdout', 30],
  ['a note of the JVM', 'Picked up JAVA_TOOL_OPTIONS: -Xmx1g', 'stderr', 30],
  ['a warning of the JVM', 'OpenJDK 64-Bit Server VM warning: Sharing is off', 'stderr', 30],
] as const)('%s is logged as it is', (_name, text, from, level) => {
  const { log, lines } = launcherLog();
  log.line(text, from);
  expect(lines).toMatchObject([{ level, msg: text, from, component: 'launcher' }]);
});

test('what the JVM takes from the environment is noted without the values of properties', () => {
  const { log, lines } = launcherLog();
  log.line('Picked up JAVA_TOOL_OPTIONS: -Xmx1g -Dhttp.proxyPassword=abc -Da="b c" -Dd', 'stderr');
  expect(lines).toMatchObject([
    { level: 30, msg: 'Picked up JAVA_TOOL_OPTIONS: -Xmx1g -Dhttp.proxyPassword=… -Da=… -Dd' },
  ]);
  expect(log.lastWords).not.toContain('abc');
});

test('empty lines are left out', () => {
  const { log, lines } = launcherLog();
  log.line('', 'stdout');
  log.line('  \t', 'stderr');
  expect(lines).toEqual([]);
  expect(log.lastWords).toBe('(it wrote nothing)');
});

test("a Java stack trace stands where an error's does", () => {
  const { log, lines } = launcherLog();
  log.line(
    JSON.stringify({ level: 'error', msg: 'boom', stack: 'java.io.IOException: x\n\tat y' }),
    'stdout',
  );
  expect(lines[0]?.err).toEqual({ stack: 'java.io.IOException: x\n\tat y' });
  expect(lines[0]).not.toHaveProperty('stack');
});

describe('lastWords', () => {
  test("are the launcher's own first error, whatever follows", () => {
    const { log } = launcherLog();
    log.line(JSON.stringify({ level: 'error', logger: JAVA, msg: 'Stopping: it is broken' }), 'stdout');
    log.line(JSON.stringify({ level: 'error', logger: 'software.amazon.X', msg: 'noise' }), 'stdout');
    log.line(JSON.stringify({ level: 'warn', logger: JAVA, msg: 'more noise' }), 'stdout');
    log.line(JSON.stringify({ level: 'error', logger: JAVA, msg: 'not everything stopped' }), 'stdout');
    expect(log.lastWords).toBe('Stopping: it is broken');
  });

  test("are a child's first fatal line, which says more than the launcher", () => {
    const { log } = launcherLog();
    log.line(JSON.stringify({ level: 60, msg: 'the handler failed' }), 'stderr');
    log.line(JSON.stringify({ level: 60, msg: 'another shard failed too' }), 'stderr');
    log.line(
      JSON.stringify({ level: 'error', logger: JAVA, msg: "a shard's child process failed" }),
      'stdout',
    );
    expect(log.lastWords).toBe('the handler failed');
  });

  test('are the last 20 lines where nothing else is known, each cut to a length', () => {
    const { log } = launcherLog();
    for (let line = 1; line <= 24; line++) log.line(`line ${line}`, 'stderr');
    log.line(JSON.stringify({ level: 'warn', msg: 'hm' }), 'stdout');
    log.line('x'.repeat(5_000), 'stderr');
    expect(log.lastLines).toHaveLength(20);
    expect(log.lastLines[0]).toBe('line 7');
    expect(log.lastWords.split('\n').slice(-2)).toEqual(['warn: hm', 'x'.repeat(2_000)]);
  });
});

test('a message that is no text, and that String() does not take, is logged as JSON', () => {
  const { log } = launcherLog();

  log.line('{"level":"error","msg":{"toString":null}}', 'stdout');

  expect(log.lastLines).toEqual(['error: {"toString":null}']);
});

test('no line can make it fail', () => {
  const { log } = launcherLog();
  const entry = fc
    .json()
    .map((json) => `{"level":${json},"msg":${json},"stack":${json},"err":${json},"logger":${json}}`);
  fc.assert(
    fc.property(fc.oneof(entry, fc.json(), fc.string({ unit: 'binary' })), (text) => {
      log.line(text, 'stdout');
      log.line(text, 'stderr');
      expect(typeof log.lastWords).toBe('string');
    }),
  );
});

describe('KPL aggregates that are not taken apart', () => {
  function told(fields: object, from: 'stdout' | 'stderr' = 'stdout') {
    const aggregates: AggregatesNotTakenApart[] = [];
    const log = new LauncherLog(memoryLog().logger, { onAggregates: (one) => aggregates.push(one) });
    const line = {
      level: 'error',
      logger: 'crossaccountkcl.kcl.DroppedAggregates',
      msg: 'KCL dropped 3',
      ...fields,
    };
    log.line(JSON.stringify(line), from);
    return { aggregates, log };
  }

  test('are counted, and are no reason to end', () => {
    const { aggregates, log } = told({ aggregatesDropped: '3' });
    expect(aggregates).toEqual([{ dropped: 3, whole: 0 }]);
    log.line(JSON.stringify({ level: 'error', logger: JAVA, msg: 'the reason' }), 'stdout');
    expect(log.lastWords).toBe('the reason');
    expect(told({ aggregatesHandedOverWhole: '2' }).aggregates).toEqual([{ dropped: 0, whole: 2 }]);
  });

  test.each([
    ['lines of others', { logger: 'a.b.C', aggregatesDropped: '3' }, 'stdout'],
    ["a child's line", { aggregatesDropped: '3' }, 'stderr'],
    ['what is no number', { aggregatesDropped: { toString: null } }, 'stdout'],
    ['nothing', {}, 'stdout'],
  ] as const)('are not counted from %s', (_what, fields, from) => {
    expect(told(fields, from).aggregates).toEqual([]);
  });
});

describe('the state of the worker', () => {
  function statesOf(line: object, from: 'stdout' | 'stderr' = 'stdout') {
    const states: WorkerState[] = [];
    new LauncherLog(memoryLog().logger, { onWorkerState: (state) => states.push(state) }).line(
      JSON.stringify(line),
      from,
    );
    return states;
  }

  test('is told, with the name of the worker', () => {
    const line = {
      level: 'info',
      logger: JAVA,
      msg: 'KCL has started',
      workerState: 'STARTED',
      worker: 'a:1',
    };

    expect(statesOf(line)).toEqual([{ state: 'STARTED', worker: 'a:1' }]);
  });

  test('has no name at its end', () => {
    expect(statesOf({ level: 'info', logger: JAVA, msg: 'x', workerState: 'SHUT_DOWN_STARTED' })).toEqual([
      { state: 'SHUT_DOWN_STARTED', worker: undefined },
    ]);
  });

  test.each([
    ['another state', { level: 'info', logger: JAVA, workerState: 'CREATED' }, 'stdout'],
    ['a line of others', { level: 'info', logger: 'a.b.C', workerState: 'STARTED' }, 'stdout'],
    ["a child's line", { level: 30, logger: JAVA, workerState: 'STARTED' }, 'stderr'],
  ] as const)('is not told by %s', (_what, line, from) => {
    expect(statesOf(line, from)).toEqual([]);
  });
});

describe('a report of the leases', () => {
  const report: LeaseReport = {
    leases: [{ stream: 's', shard: 'shard-1', state: 'read' }],
    failingCalls: [],
  };
  const line = (text: string, logger = 'crossaccountkcl.kcl.LeaseReport') =>
    JSON.stringify({ level: 'info', logger, msg: 'the leases that this worker holds', leaseReport: text });
  function taken(text: string, from: 'stdout' | 'stderr' = 'stdout') {
    const reports: LeaseReport[] = [];
    const { logger, lines } = memoryLog();
    const log = new LauncherLog(logger, { onLeaseReport: (one) => reports.push(one) });
    log.line(text, from);
    return { reports, levels: lines.map(({ level }) => level), lastLines: log.lastLines };
  }

  test('is taken, and logged at debug alone', () => {
    expect(taken(line(JSON.stringify(report)))).toEqual({ reports: [report], levels: [20], lastLines: [] });
  });

  test('that can not be read is a warning', () => {
    expect(taken(line('{'))).toMatchObject({ reports: [], levels: [40] });
  });

  test('is not taken from others', () => {
    const text = JSON.stringify(report);
    expect(taken(line(text, 'a.b.C'))).toMatchObject({ reports: [], levels: [30] });
    expect(taken(line(text), 'stderr')).toMatchObject({ reports: [], levels: [30] });
  });
});

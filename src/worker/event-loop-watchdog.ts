/** The worker thread of EventLoopWatch: counts how long the main thread gives no sign of life. */
import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

const { beats, limitMs, periodMs } = workerData as {
  beats: Int32Array;
  limitMs: number;
  periodMs: number;
};
let seen = 0;
let silentPeriods = 0;

setInterval(() => {
  const now = Atomics.load(beats, 0);
  // Periods, not a clock: a process that was stopped and goes on has not been blocked meanwhile.
  silentPeriods = now === seen ? silentPeriods + 1 : 0;
  seen = now;
  if (silentPeriods * periodMs <= limitMs) return;
  const line = {
    level: 60,
    time: new Date().toISOString(),
    pid: process.pid,
    silentMs: silentPeriods * periodMs,
    msg: `the event loop has been blocked for longer than ${limitMs} ms (handlerTimeoutMs): ending at once, without final checkpoints`,
  };
  // Past the logger, which is blocked.
  write(1, `${JSON.stringify(line)}\n`);
  write(2, `cross-account-kcl: ${line.msg}\n`);
  // Nothing gentler reaches a thread that does not come back.
  process.kill(process.pid, 'SIGKILL');
}, periodMs);

/** One that can't be written to must not keep the reason from the other, nor the process from its end. */
function write(fd: 1 | 2, text: string): void {
  try {
    writeSync(fd, text);
  } catch {}
}

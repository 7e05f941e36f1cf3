/** Reads 1 GB in frames of 1 MiB from four Unix-domain sockets, and prints how many full garbage collections that took. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { spaceOutCollections } from '../../../src/worker/heap-growth.js';

const IDLE_COLLECTIONS = 5;
const frame = Buffer.alloc(1024 * 1024);
const modules = Array.from({ length: 100_000 }, (_, i) => ({ name: `module ${i}`, exports: [i] }));
if (process.argv[2] === 'spaced') spaceOutCollections();

let full = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    const { kind } = (entry as unknown as { detail: { kind: number } }).detail;
    if (kind === constants.NODE_PERFORMANCE_GC_MAJOR) full++;
  }
}).observe({ entryTypes: ['gc'] });
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
for (let i = 0; i < IDLE_COLLECTIONS; i++) {
  collect();
  await sleep(200);
}

const folder = mkdtempSync(join(tmpdir(), 'xak-gigabyte-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
let left = 1_000;
const kept = new Set<unknown>();
const server = createServer((socket) => {
  let read = 0;
  socket.on('data', (piece) => {
    for (let at = 0; at < piece.length; at += 1_100) {
      kept.add({
        data: piece.subarray(at, at + 900),
        key: `key ${at}`,
        number: `49${read}${at}`,
        at: new Date(at),
      });
    }
    read += piece.length;
    if (read < frame.length) return;
    read -= frame.length;
    kept.clear();
    socket.write('x');
  });
});
await new Promise<void>((resolve) => server.listen(join(folder, 'socket'), resolve));
for (let connection = 0; connection < 4; connection++) {
  const socket = connect(join(folder, 'socket'));
  socket.write(frame);
  socket.on('data', () => {
    if (left-- > 0) return socket.write(frame);
    console.log(JSON.stringify({ full: full - IDLE_COLLECTIONS, modules: modules.length }));
    process.exit();
  });
}

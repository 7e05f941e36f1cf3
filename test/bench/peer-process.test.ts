import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PeerRun } from '../../bench/peers/peer.js';
import { PeerProcess } from '../../bench/peers/peer-process.js';
import { isRunning } from '../../bench/process-tree.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'xak-bench-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A peer that is a script of Node.js. */
function start(script: string): PeerProcess {
  const run: PeerRun = {
    folder,
    progressFile: join(folder, 'progress'),
    applicationName: 'app',
    streamName: 'replayed',
    kinesisEndpoint: 'http://127.0.0.1:1',
    dynamodbEndpoint: 'http://127.0.0.1:1',
    account: {},
    intervals: 'short',
  };
  const command = { command: process.execPath, args: ['-e', script], env: {} };
  return new PeerProcess({ id: 'script', name: 'a script', kcl: false, command: () => command }, run);
}

test('what a peer wrote is counted, and its latencies are kept', async () => {
  const peer = start(`
    const { appendFileSync } = require('node:fs');
    appendFileSync(process.env.PROGRESS_FILE, '1700000000000 shardId-0 2 20 \\n1700000000001 shardId-1 1 10 5,7\\n');
    setInterval(() => {}, 1000);
  `);
  await peer.until('two shards', 60_000, () => {
    peer.progress.read();
    return peer.progress.firstAt.size === 2;
  });
  expect(peer.progress).toMatchObject({
    records: 3,
    bytes: 30,
    latencies: [5, 7],
    firstRecordAt: 1700000000000,
  });
  await peer.stop();
  expect(peer.tree.pids().map(isRunning)).toEqual([false]);
});

test('a peer that ends is named with its last log lines', async () => {
  const peer = start(`console.error('no such stream'); process.exitCode = 3`);
  await expect(peer.firstRecord(60_000)).rejects.toThrow(
    'a script: ended (exit code 3) before its first record; its last log lines:\n  no such stream',
  );
  await peer.stop();
});

test('nothing that a peer started is left, in its process group or out of it', async () => {
  const peer = start(`
    const { spawn } = require('node:child_process');
    for (const detached of [true, false]) {
      spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached, stdio: 'ignore' });
    }
    process.on('SIGTERM', () => process.exit());
    console.log('started');
    setInterval(() => {}, 1000);
  `);
  let pids: number[] = [];
  await peer.until('its children', 60_000, () => {
    pids = peer.tree.pids();
    return pids.length === 3;
  });
  await peer.stop();
  expect(pids.filter(isRunning)).toEqual([]);
});

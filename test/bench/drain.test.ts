import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { drain } from '../../bench/drain/drain.js';
import { withDynamoDb } from '../../bench/peers/bench-emulators.js';
import { JAVA_CLASSES, plainJava, stockNode } from '../../bench/peers/java-peers.js';
import { projectRoot } from '../../lab/project-root.js';
import { testThoroughly } from '../helpers/thorough.js';

beforeAll(() => {
  execFileSync(
    'javac',
    ['-cp', 'launcher/target/lib/*', '-d', JAVA_CLASSES, join('bench', 'peers', 'java', 'InProcess.java')],
    {
      cwd: projectRoot,
    },
  );
}, 60_000);

testThoroughly(
  "KCL's peers read with the leases that they hold already",
  async () => {
    await withDynamoDb(async (where) => {
      for (const peer of [plainJava, stockNode]) {
        const records = { recordBytes: 1024, recordsPerBatch: 1_000 };
        const drained = await drain(where, { peer, shards: 2, ...records, gigabytes: 0.05, seconds: 20 });
        expect(drained.gigabytes).toBeGreaterThan(0);
        expect(drained.cpuPerGB.warm).toBeGreaterThan(0);
      }
    });
  },
  180_000,
);

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isRunning } from '../../bench/process-tree.js';
import { projectRoot } from '../../lab/project-root.js';

const TIDY = join(projectRoot, 'build', 'bench', 'tidy.js');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'xak-bench-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("what the user's shell says to Node.js or Java is not seen", () => {
  const script = `const { tidy } = await import('${TIDY}'); tidy(); console.log(Object.keys(process.env).sort().join())`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    env: {
      PATH: '/bin',
      TMPDIR: folder,
      JAVA_TOOL_OPTIONS: '-Xint',
      NODE_OPTIONS: '',
      METRICS_LEVEL: 'DETAILED',
    },
  });
  expect({ stdout, stderr }).toEqual({ stdout: 'PATH,TMPDIR\n', stderr: '' });
});

test.each(['SIGINT', 'SIGTERM'] as const)('after %s no process and no folder is left', async (signal) => {
  const script = `
    const { tidy } = await import('${TIDY}');
    tidy();
    process.on('${signal}', () => process.exit(130));
    const { spawn } = await import('node:child_process');
    const { mkdtempSync } = await import('node:fs');
    const { tmpdir } = await import('node:os');
    mkdtempSync(tmpdir() + '/xak-lab-');
    console.log(spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' }).pid);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: { TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { value: pid } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  expect(readdirSync(folder)).toHaveLength(1);
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  child.kill(signal);
  expect(await closed).toBe(130);
  while (isRunning(Number(pid))) await new Promise((resolve) => setTimeout(resolve, 25));
  expect(readdirSync(folder)).toEqual([]);
});

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { Lab } from '../../../lab/lab.js';
import { projectRoot } from '../../../lab/project-root.js';
import { labOnly } from '../../../lab/worker-process.js';
import { NO_SDK_NOTICE } from '../../helpers/no-sdk-notice.js';

export const CLI = join(projectRoot, 'dist', 'cli.js');

/** Runs `start` as the reader, which must end by itself with one message: what is wrong, and a remedy, and no stack. */
export async function refusedStart(
  lab: Lab,
  env: Record<string, string | undefined>,
  args: readonly string[] = [],
): Promise<{ status: number | null; message: string }> {
  const right = {
    PATH: process.env.PATH,
    ...NO_SDK_NOTICE,
    HANDLER: 'sample',
    ...lab.reader.env,
    ...labOnly(lab),
  };
  const ended = await new Promise<{ status: number | null; message: string }>((resolve) => {
    const child = execFile(
      process.execPath,
      [CLI, 'start', ...args],
      { env: { ...right, ...env } as NodeJS.ProcessEnv, timeout: 60_000 },
      (_error, _stdout, message) => resolve({ status: child.exitCode, message }),
    );
  });
  expect(ended.message).not.toMatch(/^\s+at /m);
  expect(ended.message.match(/^cross-account-kcl: /gm)).toHaveLength(1);
  return ended;
}

export interface CliEnd {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the command line to its end, with nothing to read on stdin. */
export async function runCli(
  args: readonly string[],
  { env = {}, cwd = projectRoot }: { env?: Record<string, string>; cwd?: string } = {},
): Promise<CliEnd> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [CLI, ...args],
      { env: { PATH: process.env.PATH, ...NO_SDK_NOTICE, ...env }, cwd, timeout: 60_000 },
      (_error, stdout, stderr) => resolve({ status: child.exitCode, stdout, stderr }),
    );
    child.stdin?.end();
  });
}

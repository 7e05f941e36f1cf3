import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { projectRoot } from '../../lab/project-root.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const folder = temporaryFolder();
/** A Java that has a version, and says nothing of its credentials while preflight lives. */
const JAVA = `#!/bin/sh
case "$*" in
  *CredentialsReport*) exec cat >&2 ;;
  *) echo 'openjdk version "21.0.1"' >&2 ;;
esac
`;

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s while the JVM is asked leaves no directory', async (signal, code) => {
  const [runDirectory, bin] = [join(folder(), 'run'), join(folder(), 'java', 'bin')];
  for (const made of [runDirectory, bin]) mkdirSync(made, { recursive: true });
  writeFileSync(join(bin, 'java'), JAVA);
  chmodSync(join(bin, 'java'), 0o755);
  const nowhere = 'http://127.0.0.1:1';
  const child = spawn(
    process.execPath,
    [join(projectRoot, 'dist', 'cli.js'), 'preflight', '--run-directory', runDirectory],
    {
      stdio: 'ignore',
      env: {
        PATH: process.env.PATH,
        JAVA_HOME: join(folder(), 'java'),
        AWS_ACCESS_KEY_ID: '111111111111',
        AWS_SECRET_ACCESS_KEY: 'lab',
        AWS_ENDPOINT_URL: nowhere,
        AWS_EC2_METADATA_DISABLED: 'true',
        STREAM_ARN: 'arn:aws:kinesis:eu-west-1:222222222222:stream/orders',
      },
    },
  );
  const ended = once(child, 'exit');
  const properties = () =>
    readdirSync(runDirectory, { recursive: true }).some((name) => /\.properties$/.test(`${name}`));
  while (!properties() && child.exitCode === null) await delay(20);
  expect(child.exitCode).toBeNull();

  child.kill(signal);

  expect(await ended).toEqual([code, null]);
  expect(readdirSync(runDirectory)).toEqual([]);
});

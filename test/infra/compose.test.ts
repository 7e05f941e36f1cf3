import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/load.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { brokenCopy, describeWithLinter } from './helpers/linter.js';
import { longestStop } from './helpers/worker-times.js';

const FILE = 'compose.yaml';
const { lab, worker } = parse(readFileSync(FILE, 'utf8')).services;

test('the worker takes the environment', () => {
  const { config, notices } = loadConfig({ flags: {}, env: worker.environment });
  expect(notices).toEqual([]);
  expect(Number.parseInt(worker.stop_grace_period, 10) * 1000).toBeGreaterThan(longestStop(config));
});

test('its handler is mounted, and the credentials are where the lab writes them', () => {
  const mounts = worker.volumes.map((mount: string) => mount.split(':'));
  const [handler] = mounts.find(([, target]: string[]) => target === worker.environment.HANDLER);
  expect(existsSync(handler)).toBe(true);
  const [, folder] = mounts.find(([source]: string[]) => source === 'aws');
  expect(worker.environment).toMatchObject({
    AWS_CONFIG_FILE: `${folder}/config`,
    AWS_SHARED_CREDENTIALS_FILE: `${folder}/credentials`,
  });
  expect(lab.volumes).toContain(`aws:${lab.command[lab.command.indexOf('--profiles') + 1]}`);
});

test('the image of the lab has the command line that the lab prints to paste', () => {
  const [, stage = ''] = /^FROM \w+ AS lab$(.*?)^FROM /ms.exec(readFileSync('Dockerfile', 'utf8')) ?? [];
  const [, printed = ''] =
    /const cli = \['node', '(.*?)\/cli\.js'\]/.exec(readFileSync('scripts/lab.ts', 'utf8')) ?? [];

  expect(printed).not.toBe('');
  expect(stage).toContain(`COPY --from=typescript /app/${printed} ./${printed}\n`);
});

describeWithLinter('docker-compose', (lint) => {
  const folder = temporaryFolder();
  const check = (file: string) => lint('--project-directory', '.', '--file', file, 'config', '--quiet');

  test('finds nothing', () => {
    expect(check(FILE)).toEqual({ status: 0, output: '' });
  });

  test.each([
    ['a service that is not there', 'lab: { condition:', 'labs: { condition:'],
    ['a volume that is not there', '\nvolumes:\n  aws:\n', '\n'],
    ['a key that is not there', 'stop_grace_period', 'stopGracePeriod'],
  ])('would find %s', (_what, right, wrong) => {
    expect(check(brokenCopy(readFileSync(FILE, 'utf8'), right, wrong, folder())).status).not.toBe(0);
  });
});

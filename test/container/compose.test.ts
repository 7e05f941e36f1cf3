import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../../lab/project-root.js';
import { describeThoroughly } from '../helpers/thorough.js';
import { describeWithLinter, type Lint } from '../infra/helpers/linter.js';
import { describeWithDocker } from './helpers/docker.js';
import { buildImage, docker, NODE_IMAGE } from './helpers/image.js';

const IMAGES = { lab: 'cross-account-kcl-lab:test', worker: 'cross-account-kcl:test' };
const FIRST_ORDERS = Array.from(
  { length: 100 },
  (_, index) => `111111111111-${String(index + 1).padStart(6, '0')}`,
);
const UP_MS = 120_000;

/** compose.yaml with these images, a log to parse, and no port that may be taken. */
const OVERRIDE = `
services:
  lab: { image: ${IMAGES.lab}, build: !reset null }
  worker: { image: ${IMAGES.worker}, build: !reset null, ports: !reset [], environment: { LOG_FORMAT: json } }
`;

const withImage = (name: string, tests: () => void) => describeWithDocker(name, [NODE_IMAGE], tests);
describeThoroughly('compose.yaml', withImage, () => {
  describeWithLinter('docker-compose', (run) => {
    let folder: string;
    const compose: Lint = (...args) => {
      const override = join(folder, 'override.yaml');
      const project = `cross-account-kcl-test-${process.pid}`;
      return run('--ansi', 'never', '-p', project, '-f', 'compose.yaml', '-f', override, ...args);
    };
    const orders = () => {
      const { output } = compose('logs', '--no-log-prefix', 'worker');
      return new Set(output.split('\n').flatMap((line) => /"orderId":"([^"]+)"/.exec(line)?.[1] ?? []));
    };

    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'xak-'));
      writeFileSync(join(folder, 'override.yaml'), OVERRIDE);
      const options = ['--build-arg', `NODE_IMAGE=${NODE_IMAGE}`, projectRoot];
      buildImage(IMAGES.lab, ['--target', 'lab', ...options]);
      buildImage(IMAGES.worker, options);
    }, 40 * 60_000);
    afterAll(() => {
      compose('down', '--volumes');
      rmSync(folder, { recursive: true, force: true });
    });

    test("the worker reads the other account's stream, and its stop is a graceful one", async () => {
      const up = compose('up', '--detach', '--no-build');
      expect(up).toMatchObject({ status: 0, output: expect.stringContaining('Started') });

      // All that were there at the start, and one that was put since.
      const deadline = Date.now() + UP_MS;
      let read = orders();
      while (!(FIRST_ORDERS.every((id) => read.has(id)) && read.size > FIRST_ORDERS.length)) {
        if (Date.now() > deadline) throw new Error(`${read.size} orders\n${compose('logs').output}`);
        await sleep(1_000);
        read = orders();
      }

      expect(compose('stop', 'worker').status).toBe(0);
      const [container = ''] = compose('ps', '--all', '--quiet', 'worker').output.split('\n');
      const state = docker('inspect', '--format', '{{json .State}}', container);
      expect(JSON.parse(state)).toMatchObject({ Status: 'exited', ExitCode: 0 });
      // Nothing that the lab's policies deny was asked for.
      expect(compose('logs', 'lab').output).not.toContain('denied:');
    }, 240_000);
  });
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DeleteResourcePolicyCommand,
  GetResourcePolicyCommand,
  PutResourcePolicyCommand,
} from '@aws-sdk/client-kinesis';
import { putRecords } from '../../lab/lab.js';
import { projectRoot } from '../../lab/project-root.js';
import { sampleOrder } from '../../lab/sample-orders.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { testThoroughly } from '../helpers/thorough.js';
import { leasesOf } from '../integration/helpers/fixtures.js';
import { Container, type RunOptions } from './helpers/container.js';
import { describeWithDocker } from './helpers/docker.js';
import { buildImage, docker, NODE_IMAGE } from './helpers/image.js';
import { READER, type SharedLab, startSharedLab } from './helpers/shared-lab.js';

const IMAGE = 'cross-account-kcl:test';
const HANDLER = join(projectRoot, 'build', 'test', 'container', 'handlers', 'orders.js');
const LOCKED = ['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'];
const STREAM = 'arn:aws:kinesis:us-east-1:111111111111:stream/orders';

describeWithDocker('the image', [NODE_IMAGE], () => {
  const folder = temporaryFolder();
  const containers: Container[] = [];
  beforeAll(() => buildImage(IMAGE, ['--build-arg', `NODE_IMAGE=${NODE_IMAGE}`, projectRoot]), 20 * 60_000);
  afterEach(() => {
    for (const container of containers.splice(0)) container.remove();
  });

  function run(options: RunOptions, image = IMAGE): Container {
    const container = new Container(image, options);
    containers.push(container);
    return container;
  }

  /** A handler's module of this text, mounted where the image looks for it. */
  function mounted(text: string, name = 'handler.js', mode = 0o644): string[] {
    const file = join(folder(), name);
    writeFileSync(file, text, { mode });
    return ['--volume', `${file}:/app/handler/${name}:ro`];
  }

  describe('what is in it', () => {
    const inImage = (...command: string[]) =>
      docker('run', '--rm', '--entrypoint', command[0] as string, IMAGE, ...command.slice(1));

    test('nothing that is for development alone', () => {
      const modules = inImage('ls', '/app/node_modules');
      expect(modules).toContain('pino');
      expect(modules).not.toMatch(/^(jest|typescript|kinesis-local)$/m);
      expect(inImage('ls', '/app').split('\n')).toEqual([
        'LICENSE',
        'dist',
        'launcher',
        'node_modules',
        'package.json',
        'sbom',
      ]);
    });

    test('lists of its packages, as CycloneDX', () => {
      const names = (file: string) => {
        const { bomFormat, components } = JSON.parse(inImage('cat', `/app/sbom/${file}`));
        expect(bomFormat).toBe('CycloneDX');
        return components.map(({ name }: { name: string }) => name);
      };
      expect(names('npm.cdx.json')).toEqual(expect.arrayContaining(['pino', 'prom-client']));
      const jars = inImage('ls', '/app/launcher/target/lib').split('\n').length;
      expect(names('maven.cdx.json')).toEqual(
        expect.arrayContaining(['amazon-kinesis-client', 'netty-common']),
      );
      expect(names('maven.cdx.json')).toHaveLength(jars);
    });

    test('an archive of classes that fits the Java and the jars', () => {
      // Without -Xshare:on the JVM would only start more slowly.
      const launcher = '/app/launcher/target/launcher';
      expect(
        docker(
          'run',
          '--rm',
          '--entrypoint',
          'sh',
          IMAGE,
          '-c',
          `/opt/java/bin/java -Xshare:on -XX:SharedArchiveFile=${launcher}.jsa -Xlog:class+load -cp ${launcher}.jar crossaccountkcl.run.Launcher 2>&1 | grep 'crossaccountkcl.run.Launcher '`,
        ),
      ).toMatch(/source: shared objects file \(top\)/);
      // Of a worker that has read, and not only started.
      expect(
        inImage('grep', '-c', 'software/amazon/kinesis/lifecycle/ProcessTask', `${launcher}.jsa`),
      ).toMatch(/^[1-9]/);
    });

    test('a user that is not root, and the labels of OCI', () => {
      expect(docker('image', 'inspect', '--format', '{{.Config.User}}', IMAGE)).toBe('1000:1000');
      const labels = JSON.parse(docker('image', 'inspect', '--format', '{{json .Config.Labels}}', IMAGE));
      expect(labels).toMatchObject({
        'org.opencontainers.image.title': 'cross-account-kcl',
        'org.opencontainers.image.licenses': 'Apache-2.0',
      });
    });
  });

  describe('bad input', () => {
    const HANDLES = 'export const handleRecord = () => {};';

    test.each<[string, () => RunOptions, string]>([
      [
        'no configuration',
        () => ({ options: mounted(HANDLES) }),
        'streamArn: is missing; give it as --stream-arn',
      ],
      ['no handler', () => ({}), "/app/handler/handler.js can't be loaded: there is no such file"],
      [
        'a handler that may not be read',
        () => ({
          options: mounted(HANDLES, 'handler.js', 0o600),
        }),
        "/app/handler/handler.js can't be loaded: EACCES: permission denied",
      ],
      [
        'a handler with a syntax error',
        () => ({ options: mounted('export const handleRecord = async () => {') }),
        "/app/handler/handler.js can't be loaded: Unexpected end of input; node --check /app/handler/handler.js says where",
      ],
      [
        'a handler without an export',
        () => ({ options: mounted('export const handle = 1;') }),
        "/app/handler/handler.js exports handle; expected a function 'handleRecord'",
      ],
      [
        'a memory limit that is too small for the JVM',
        () => ({ options: [...mounted(HANDLES), '--memory', '256m'], env: { PREFLIGHT: 'off' } }),
        'the memory limit of this container, 256 MiB, is too small for the JVM and Node: expected 494 MiB or more',
      ],
    ])('%s', async (what, options, message) => {
      const given = options();
      const env = what === 'no configuration' ? {} : { STREAM_ARN: STREAM, ...given.env };
      const container = run({ ...given, env });
      expect(await container.exitCode()).toBe(2);
      expect(container.output).toContain(message);
    });
  });

  test('orphans are reaped, and the exit code is kept', async () => {
    const container = run({ options: ['--entrypoint', 'tini'], command: ['--', 'sleep', '60'] });
    container.exec('sh', '-c', 'sleep 0.1 & exit 0');
    await container.until(
      'the orphan has ended',
      () =>
        !container.exec('sh', '-c', 'cat /proc/[0-9]*/stat').includes('(sleep) Z') &&
        container.exec('sh', '-c', 'cat /proc/[0-9]*/stat').match(/\(sleep\)/g)?.length === 1,
    );
    container.kill('SIGTERM');
    expect(await container.exitCode()).toBe(143);
  });

  describe('on the lab', () => {
    let shared: SharedLab;
    let placed = 0;
    beforeAll(async () => {
      shared = await startSharedLab();
    });
    afterAll(() => shared?.stop());

    /** Puts the next orders of the sample. @returns their ids */
    async function put(count: number, customer?: string): Promise<string[]> {
      const orders = Array.from({ length: count }, () => sampleOrder('111111111111', placed++));
      const records = orders.map(({ partitionKey, data }) => {
        const order = JSON.parse(data.toString());
        return {
          partitionKey,
          data: Buffer.from(JSON.stringify({ ...order, ...(customer && { customer }) })),
        };
      });
      await putRecords(shared.lab.owner, shared.orders.streamArn, records);
      return records.map(({ data }) => JSON.parse(data.toString()).orderId);
    }

    /** With three variables, and a mounted handler. */
    function read(more: RunOptions = {}, network = shared.network): Container {
      return run({
        ...more,
        env: {
          STREAM_ARN: shared.orders.streamArn,
          AWS_PROFILE: READER,
          HANDLER: '/app/handler/orders.js',
          ...more.env,
        },
        options: [
          ...LOCKED,
          ...shared.profile,
          '--network',
          network,
          '--volume',
          `${HANDLER}:/app/handler/orders.js:ro`,
          ...(more.options ?? []),
        ],
      });
    }
    const leases = () => leasesOf(shared.lab, 'cross-account-kcl-111111111111-orders');

    test('three variables read the stream of the other account, without root, capabilities or a writable disk', async () => {
      const first = await put(40);
      const container = read({ options: ['--publish', '127.0.0.1::8080', '--health-interval', '1s'] });
      await container.until('all handled', () => container.orders.length >= first.length);
      expect([...container.orders].sort()).toEqual(first);
      // The owners of all processes.
      expect(container.exec('sh', '-c', 'stat -c %u /proc/[0-9]* | sort -u')).toBe('1000');
      expect(container.exec('cat', '/proc/1/comm')).toBe('tini');

      const address = `http://${docker('port', container.id, '8080').split('\n')[0]}`;
      expect(await (await fetch(`${address}/readyz`)).json()).toMatchObject({ ok: true });
      const counted = (await (await fetch(`${address}/metrics`)).text()).matchAll(
        /^cross_account_kcl_records_handled_total\{.*\} (\d+)$/gm,
      );
      expect([...counted].reduce((sum, [, count]) => sum + Number(count), 0)).toBe(first.length);
      expect(await (await fetch(address)).text()).toContain('shardId-000000000001');
      await container.until('healthy', () => container.inspect('{{.State.Health.Status}}') === 'healthy');

      const second = read({}, `container:${container.id}`);
      expect(await second.exitCode()).toBe(2);
      expect(second.output).toContain('8080');
      expect(await container.stop()).toBe(0);
      for (const { checkpoint, owner } of await leases()) {
        expect(checkpoint).toMatch(/^\d+$/);
        expect(owner).toBeUndefined();
      }

      const then = await put(10);
      const next = read({ options: ['--memory', '512m'] });
      await next.until('the rest handled', () => next.orders.length >= then.length);
      expect(await next.stop()).toBe(0);
      expect([...next.orders].sort()).toEqual(then);
    });

    test('an image of its own, with the handler copied', async () => {
      const dockerfile = join(folder(), 'Dockerfile');
      writeFileSync(dockerfile, `FROM ${IMAGE}\nCOPY orders.js /app/handler/handler.js\n`);
      docker('build', '--quiet', '--tag', `${IMAGE}-own`, '--file', dockerfile, join(HANDLER, '..'));
      const orders = await put(5);
      const container = run(
        {
          env: { STREAM_ARN: shared.orders.streamArn, AWS_PROFILE: READER },
          options: [...LOCKED, ...shared.profile, '--network', shared.network],
        },
        `${IMAGE}-own`,
      );
      await container.until('all handled', () => container.orders.length >= orders.length);
      expect(await container.stop()).toBe(0);
      expect([...container.orders].sort()).toEqual(orders);
    });

    test('a handler that takes all memory ends the container, and loses nothing', async () => {
      const poison = await put(1, 'memory');
      const container = read({ options: ['--memory', '512m'] });
      // 137: killed by the kernel; 134: by V8.
      expect([134, 137]).toContain(await container.exitCode());
      expect(container.orders).toEqual([]);

      const good = mounted(
        'export const handleRecord = async (r, { logger }) => logger.info({ orderId: JSON.parse(r.data).orderId }, "order");',
        'good.js',
      );
      const next = read({ options: good, env: { HANDLER: '/app/handler/good.js' } });
      await next.until('the record handled', () => next.orders.length >= 1);
      expect(next.orders).toEqual(poison);
      expect(await next.stop()).toBe(0);
    });

    test('preflight alone: passed, or the statement that is missing', async () => {
      const preflight = () => read({ command: ['preflight'] });
      const allowed = preflight();
      expect(await allowed.exitCode()).toBe(0);

      const { owner } = shared.lab;
      const ResourceARN = shared.orders.streamArn;
      const { Policy } = await owner.kinesis.send(new GetResourcePolicyCommand({ ResourceARN }));
      await owner.kinesis.send(new DeleteResourcePolicyCommand({ ResourceARN }));
      try {
        const denied = preflight();
        expect(await denied.exitCode()).toBe(1);
        expect(denied.output).toContain("adds to the stream's policy");
      } finally {
        await owner.kinesis.send(new PutResourcePolicyCommand({ ResourceARN, Policy }));
      }
    });

    test('a start without a network waits for it, if told so, and a signal ends the waiting', async () => {
      const { gate } = shared.lab;
      await gate.shut();
      try {
        const waiting = read({ command: ['preflight', '--wait', '5m'] });
        await waiting.until('it waits', () => waiting.output.includes('still missing: '));
        const stopped = read({ command: ['preflight', '--wait', '5m'] });
        await stopped.until('it waits', () => stopped.output.includes('still missing: '));
        expect(await stopped.stop()).toBe(143);
        await gate.open();
        expect(await waiting.exitCode()).toBe(0);
      } finally {
        await gate.open();
      }
    });

    test('a signal while the JVM starts is a graceful stop', async () => {
      const container = read();
      await container.until('it starts', () => container.log.some(({ msg }) => msg === 'starting'));
      expect(await container.stop()).toBe(0);
    });

    // Two shards: docs/performance.md, records of 10 MiB.
    for (const [TRANSPORT, memory, java] of [
      ['host', '768m', {}],
      ['multilang', '1g', { JAVA_TOOL_OPTIONS: '-Xmx400m' }],
    ] as const) {
      testThoroughly(
        `records of 10 MiB in a row, transport ${TRANSPORT} in ${memory}`,
        async () => {
          const { lab, orders } = shared;
          // Blanks behind the order, up to Kinesis's limit.
          lab.gate.streams.rewrite(orders.streamArn, ({ partitionKey, data }) => {
            const blanks = 10 * 2 ** 20 - data.length - Buffer.byteLength(partitionKey);
            if (!data.includes('"large"')) return undefined;
            return { data: Buffer.concat([data, Buffer.alloc(blanks, ' ')]) };
          });
          const ids = [...(await put(12, 'large')), ...(await put(4))];
          const container = read({ options: ['--memory', memory], env: { TRANSPORT, ...java } });
          await container.until('all handled', () => container.orders.length >= ids.length, 240_000);
          expect([...container.orders].sort()).toEqual(ids);
          expect(container.inspect('{{.State.OOMKilled}}')).toBe('false');
          expect(await container.stop()).toBe(0);
        },
        300_000,
      );
    }

    test('the JVM killed: exit code 5', async () => {
      const container = read();
      await container.until('KCL has started', () => container.output.includes('KCL has started'));
      container.exec('sh', '-c', 'kill -9 $(grep -l "^java$" /proc/[0-9]*/comm | cut -d/ -f3)');
      expect(await container.exitCode()).toBe(5);
    });
  });
});

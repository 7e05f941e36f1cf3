import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { allGone, descendants } from '../lab/helpers/processes.js';
import { endAll, type Printing, paste, startLabScript } from './helpers/lab-process.js';

/** What the lab printed to paste. */
interface Guide {
  /** Acts as that profile from then on. */
  as(profile: string): string[];
  /** The only line with all of these in it. */
  command(...parts: string[]): string;
  folder: string;
}

async function guideOf(lab: Printing): Promise<Guide> {
  await lab.until('the guide', () => lab.lines.some((line) => line.includes('Ctrl-C ends the lab')));
  const lines = lab.lines.map((line) => (line.startsWith('  ') ? line.slice(2) : ''));
  return {
    as: (profile) => {
      const at = lines.findIndex((line) => line.endsWith(`AWS_PROFILE=${profile}`));
      return lines.slice(at - 1, at + 1);
    },
    command: (...parts) => {
      const found = lines.filter((line) => parts.every((part) => line.includes(part)));
      expect(found).toHaveLength(1);
      return found[0] ?? '';
    },
    folder: /AWS_CONFIG_FILE=(\S+)\/config/.exec(lab.lines.join('\n'))?.[1] ?? '',
  };
}

const FIRST_ORDERS = Array.from(
  { length: 100 },
  (_, index) => `111111111111-${String(index + 1).padStart(6, '0')}`,
);

const denials = (lab: Printing) => lab.lines.filter((line) => line.startsWith('denied: '));

afterAll(endAll);

describe('unshared', () => {
  let lab: Printing;
  let guide: Guide;
  const asOwner = (...parts: string[]) => paste(...guide.as('lab-owner'), guide.command(...parts));
  const asReader = (...parts: string[]) => paste(...guide.as('lab-reader'), guide.command(...parts));
  beforeAll(async () => {
    lab = startLabScript('--unshared');
    guide = await guideOf(lab);
  });

  test('the credentials are in files that only this user can read', () => {
    expect(statSync(guide.folder).mode & 0o777).toBe(0o700);
    for (const file of ['config', 'credentials']) {
      expect(statSync(join(guide.folder, file)).mode & 0o777).toBe(0o600);
    }
  });

  test('each side is told how to look at the stream by the AWS CLI', () => {
    const stream = 'arn:aws:kinesis:us-east-1:111111111111:stream/orders';
    const look = `  aws kinesis describe-stream-summary --stream-arn ${stream}`;
    expect(lab.lines.filter((line) => line.startsWith('  aws '))).toEqual([look, look]);
  });

  test('the reader is denied, which both sides are told', async () => {
    const { code, stderr } = await asReader(' start', '/orders HANDLER').ended;

    const denial =
      'User: arn:aws:sts::222222222222:assumed-role/orders-reader/lab is not authorized to perform: kinesis:DescribeStreamSummary on resource: arn:aws:kinesis:us-east-1:111111111111:stream/orders because no resource-based policy allows the kinesis:DescribeStreamSummary action';
    expect(stderr).toContain(denial);
    expect(code).toBe(3);
    // By the look at the stream, and by preflight, which also asks for the path of the reader's role.
    expect(new Set(denials(lab))).toEqual(
      new Set([
        `denied: ${denial}`,
        `denied: ${denial.replaceAll('DescribeStreamSummary', 'ListShards')}`,
        expect.stringContaining('not authorized to perform: iam:GetRole on'),
      ]),
    );
  });

  test('the owner shares the stream, and the reader reads all of it, by polling and by the consumer', async () => {
    const diff = await asOwner('policy diff').ended;
    expect(diff).toMatchObject({ code: 0, stderr: '' });
    expect(diff.stdout.match(/^ {2}\+ \w+/gm)).toEqual([
      '  + ReadStreamForOrdersReader237c34dd',
      '  + ReadConsumerForOrdersReader237c34dd',
      '  + DecryptStreamForOrdersReader12e89b13',
    ]);
    const apply = await asOwner('policy apply --stream-arn').ended;
    expect(apply).toMatchObject({ code: 0, stderr: '' });
    expect(apply.stdout.match(/^Written: /gm)).toHaveLength(3);
    const deniedBefore = denials(lab).length;

    const readers = [asReader(' start', '/orders HANDLER'), asReader(' start', 'CONSUMER_ARN')];
    try {
      for (const reader of readers) {
        // All that were there at the start, and one that was put since.
        await reader.until(
          'all orders',
          () => {
            const read = ordersOf(reader);
            return FIRST_ORDERS.every((id) => read.has(id)) && read.size > FIRST_ORDERS.length;
          },
          90_000,
        );
      }
    } finally {
      for (const reader of readers) reader.interrupt();
    }
    for (const reader of readers) expect((await reader.ended).code).toBe(0);
    expect(denials(lab).slice(deniedBefore)).toEqual([]);
  });

  test('the owner shares it for Lambda too, and preflight proves it', async () => {
    expect(await asReader('preflight --for lambda').ended).toMatchObject({ code: 1 });
    expect(await asOwner('policy apply --for lambda').ended).toMatchObject({ code: 0, stderr: '' });

    const { code, stdout } = await asReader('preflight --for lambda').ended;

    expect(stdout).toMatch(/16 checks: \d+ passed/);
    expect(code).toBe(0);
  });
});

test('shared from the start on the port that was asked for, until SIGTERM, after which nothing is left', async () => {
  const first = startLabScript();
  const guide = await guideOf(first);
  const port = /^Endpoint {2}http:\/\/127\.0\.0\.1:(\d+)/m.exec(first.lines.join('\n'))?.[1] ?? '';
  const pids = descendants(first.pid).map(({ pid }) => pid);
  expect(pids).toHaveLength(2);

  const taken = await startLabScript('--port', port).ended;
  expect(taken).toMatchObject({
    code: 2,
    stderr: `lab: port ${port} (--port), which the lab is to listen on, is already in use\nStop the process that listens on it, or set --port to another port or to none at all.\n`,
  });

  const diff = await paste(...guide.as('lab-owner'), guide.command('policy diff')).ended;
  expect(diff.stdout).toContain('= ReadStreamForOrdersReader');
  expect(diff.stdout).not.toMatch(/^ {2}[+~-] /m);

  first.kill('SIGTERM');
  expect(await first.ended).toMatchObject({ code: 0, stderr: '' });
  expect(await allGone(pids, 0)).toBe(true);
  expect(existsSync(guide.folder)).toBe(false);

  const second = startLabScript('--port', port);
  await guideOf(second);
  expect(second.lines.join('\n')).toContain(`http://127.0.0.1:${port} `);
  second.kill('SIGINT');
  expect((await second.ended).code).toBe(0);
});

test('an emulator that dies ends the lab with an error, and nothing is left', async () => {
  const lab = startLabScript();
  const { folder } = await guideOf(lab);
  const children = descendants(lab.pid);
  process.kill(children.find(({ command }) => command.includes('kinesis-local'))?.pid ?? 0, 'SIGKILL');

  expect(await lab.ended).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('kinesis-local ended by SIGKILL before it was stopped'),
  });
  expect(
    await allGone(
      children.map(({ pid }) => pid),
      0,
    ),
  ).toBe(true);
  expect(existsSync(folder)).toBe(false);
});

describe('for others to reach', () => {
  const folder = temporaryFolder();

  test('it is at the name that was asked for, and leaves its credentials where they are looked for', async () => {
    writeFileSync(join(folder(), 'config'), 'of a lab that was killed');
    const lab = startLabScript('--host', hostname(), '--profiles', folder());
    const guide = await guideOf(lab);
    expect(guide.folder).toBe(folder());
    expect(readFileSync(join(folder(), 'config'), 'utf8')).toMatch(`endpoint_url = http://${hostname()}:`);

    const diff = await paste(...guide.as('lab-owner'), guide.command('policy diff')).ended;
    expect(diff.stdout).toContain('= ReadStreamForOrdersReader');
    // In the container of compose.yaml there is no `aws`.
    expect(lab.lines.filter((line) => line.startsWith('  aws '))).toEqual([]);

    lab.kill('SIGTERM');
    expect((await lab.ended).code).toBe(0);
    expect(readdirSync(folder())).toEqual([]);
  });

  test('a name of another machine is refused', async () => {
    expect(await startLabScript('--host', '192.0.2.1').ended).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /^lab: can't listen on '192\.0\.2\.1' \(--host\): .*\nSet --host to a name or address of this machine, or to none at all\.\n$/,
      ),
    });
  });
});

test.each([
  [
    ['--port', '0'],
    "error: option '--port <number>' argument '0' is invalid. It must be a number from 1 to 65535.",
  ],
  [
    ['--port', '1e4'],
    "error: option '--port <number>' argument '1e4' is invalid. It must be a number from 1 to 65535.",
  ],
  [
    ['--profiles', '/nowhere'],
    "error: option '--profiles <folder>' argument '/nowhere' is invalid. It must be a folder that exists.",
  ],
  [
    ['--organization', 'example'],
    "error: option '--organization <id>' argument 'example' is invalid. It must be o- and 10 to 32 letters or digits.",
  ],
  [
    ['--vpc-endpoint', 'vpc-1'],
    "error: option '--vpc-endpoint <id>' argument 'vpc-1' is invalid. It must be vpce- and hexadecimal digits.",
  ],
  [['--open'], "error: unknown option '--open'"],
])('%j is refused', async (args, message) => {
  expect(await startLabScript(...args).ended).toEqual({ code: 2, stdout: '', stderr: `${message}\n` });
});

function ordersOf(reader: Printing): Set<string> {
  return new Set(reader.lines.flatMap((line) => /"orderId":"([^"]+)"/.exec(line)?.[1] ?? []));
}

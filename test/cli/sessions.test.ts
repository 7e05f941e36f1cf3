import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { jest } from '@jest/globals';
import { createStream, type Lab, startLab } from '../../lab/lab.js';
import { setStreamRole } from '../aws/helpers/roles.js';
import { NO_SDK_NOTICE } from '../helpers/no-sdk-notice.js';
import { describeThoroughly } from '../helpers/thorough.js';
import { WebIdentity } from '../helpers/web-identity.js';
import { CLI } from '../integration/helpers/cli.js';
import { leaseItem, makeLeaseTable } from '../leases/helpers/lease-tables.js';

const SESSION_SECONDS = 6;
const RENEWALS = 3;
const STREAM_ROLE = 'arn:aws:iam::111111111111:role/stream-reader';

/** The time is theirs: status looks every five seconds, preflight --wait every two. */
describeThoroughly('commands that run for longer than a session', describe, () => {
  let lab: Lab;
  let pod: WebIdentity;
  let given: string[];
  beforeAll(async () => {
    lab = await startLab();
    pod = new WebIdentity(lab);
    const { identities } = lab.gate;
    identities.sessionSeconds = SESSION_SECONDS;
    const assume = identities.assume.bind(identities);
    jest.spyOn(identities, 'assume').mockImplementation((role, name, options) => {
      given.push(role.arn);
      return assume(role, name, options);
    });
  });
  afterAll(async () => {
    pod.remove();
    await lab.stop();
  });
  beforeEach(() => {
    given = [];
  });

  function start(args: string[]) {
    const child = spawn(process.execPath, [CLI, ...args], {
      env: { PATH: process.env.PATH, ...NO_SDK_NOTICE, ...pod.env, AWS_ENDPOINT_URL: lab.gate.endpoint },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    return { child, closed: once(child, 'close'), stderr: () => stderr };
  }
  const count = (role: string) => given.filter((one) => one === role).length;

  test('status --watch', async () => {
    await makeLeaseTable(lab.reader, 'watched', [leaseItem('shardId-000000000000')]);
    const region = ['--region-name', 'us-east-1'];
    const { child, closed, stderr } = start([
      'status',
      '--application-name',
      'watched',
      ...region,
      '--watch',
      '-o',
      'json',
    ]);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    while (count(pod.role) <= RENEWALS) {
      expect(JSON.parse((await lines.next()).value as string)).toHaveProperty('shards');
      pod.replaceToken();
    }
    child.kill('SIGINT');
    await closed;

    expect(stderr()).toBe('');
  });

  test('preflight --wait', async () => {
    const stream = await createStream(lab.owner, 'orders', 1);
    lab.gate.identities.setRole({ arn: STREAM_ROLE, policies: [] });
    setStreamRole(lab, STREAM_ROLE, { trusts: lab.reader.id });
    const of = lab.gate.identities.role(STREAM_ROLE);
    if (of === undefined) throw new Error('there is no role');
    const { policies } = of;
    of.policies = [];
    const { child, closed, stderr } = start([
      'preflight',
      ...['--stream-arn', stream, '--stream-role-arn', STREAM_ROLE, '--wait', '120s', '-o', 'json'],
    ]);
    child.stdout.resume();
    const before = Date.now();
    while (count(pod.role) <= RENEWALS && child.exitCode === null) {
      const now = count(pod.role);
      while (count(pod.role) === now && child.exitCode === null)
        await new Promise((next) => setTimeout(next, 50));
      pod.replaceToken();
    }
    const perMinute = (60_000 * given.length) / (Date.now() - before);
    of.policies = policies;
    const [code] = await closed;

    expect(stderr()).not.toMatch(/[Ee]xpired/);
    expect({ code, stderr: code === 0 ? '' : stderr(), perMinute }).toMatchObject({ code: 0 });
  });
});

import { join } from 'node:path';
import { type Lab, putRecords, startLab } from '../../lab/lab.js';
import { projectRoot } from '../../lab/project-root.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import { labOnly, WorkerProcess } from '../../lab/worker-process.js';
import type { PreflightReport } from '../../src/preflight/report.js';
import { CredentialSources } from '../helpers/credential-sources.js';
import { testThoroughly } from '../helpers/thorough.js';
import { refusedStart, runCli } from './helpers/cli.js';
import { sharedStream, withWorker } from './helpers/fixtures.js';

let lab: Lab;
let sources: CredentialSources;
beforeAll(async () => {
  lab = await startLab();
  sources = await CredentialSources.start();
});
afterAll(async () => {
  sources?.stop();
  await lab?.stop();
});
beforeEach(() => {
  sources.portalRefuses = false;
  sources.keys = { accessKeyId: lab.reader.id, lastingMs: 3_600_000 };
  sources.asked.length = 0;
  sources.config('');
});

const ORDERS = 4;

/** Reads to the end and stops; with the arguments of `start`, if there are any. */
async function readAll(env: Record<string, string>, args: readonly string[] = []): Promise<WorkerProcess> {
  const { arn } = await sharedStream(lab, sampleOrders(lab.owner.id, ORDERS), 1);
  const consumer = new WorkerProcess(lab, { streamArn: arn, env, args });
  try {
    await consumer.until('all handled', () => consumer.ledger.length >= ORDERS);
    expect((await consumer.stop()).code).toBe(0);
    return consumer;
  } finally {
    await consumer.dispose();
  }
}

test('both processes read with a profile of IAM Identity Center, which is asked once', async () => {
  await readAll(sources.ssoSession());

  expect(sources.asked).toEqual(['GET /federation/credentials']);
});

test('the multilang transport, too, with the file of KCL 1.x and its name of the chain', async () => {
  const file = join(projectRoot, 'properties', 'kcl-1.x.properties');
  const { log } = await readAll({ ...sources.ssoLegacy(), TRANSPORT: 'multilang' }, ['--properties', file]);

  expect(sources.asked).toEqual(['GET /federation/credentials']);
  expect(log.map(({ msg }) => msg)).toContainEqual(
    expect.stringMatching(
      /kcl-1\.x\.properties, line \d+\): 'DefaultAWSCredentialsProviderChain' is a name of/,
    ),
  );
});

test('a session that has ended: the start says so, and how to log in', async () => {
  const { arn } = await sharedStream(lab, [], 1);

  const { status, message } = await refusedStart(lab, { STREAM_ARN: arn, ...sources.ssoLegacy(-1_000) });

  expect(status).toBe(3);
  expect(message).toContain('The SSO session associated with this profile has expired.');
  expect(message).toContain('aws sso login --profile reader');
});

test("a provider of Java's own that gives none fails preflight as it fails the start", async () => {
  const { arn } = await sharedStream(lab, [], 1);
  const env = {
    ...lab.reader.env,
    ...labOnly(lab),
    STREAM_ARN: arn,
    KCL_AWS_CREDENTIALS_PROVIDER_DYNAMO_DB: 'ProfileCredentialsProvider|gone',
  };

  const { status, stdout } = await runCli(['preflight', '-o', 'json', '--only', 'java-credentials'], { env });
  const [check] = (JSON.parse(stdout) as PreflightReport).checks;
  const start = await refusedStart(lab, env);

  expect([status, start.status]).toEqual([1, 3]);
  expect(check).toMatchObject({ id: 'java-credentials', status: 'failed' });
  expect(check?.message).toMatch(/^KCL has no valid credentials for DynamoDB: .*'gone'/);
  expect(start.message).toMatch(/KCL has no valid AWS credentials for DynamoDB: .*'gone'/);
  expect(start.message).not.toContain('lease table');
});

testThoroughly(
  'a session that ends while it reads is named with its cure, and read on after a login',
  async () => {
    const { arn } = await sharedStream(lab, sampleOrders(lab.owner.id, ORDERS), 1);
    sources.keys = { accessKeyId: lab.reader.id, lastingMs: 15_000 };

    await withWorker(lab, arn, sources.ssoSession(), async (consumer) => {
      await consumer.until('all handled', () => consumer.ledger.length >= ORDERS);
      sources.portalRefuses = true;
      await consumer.until('the refusal is reported', () =>
        consumer.log.some(({ msg }) =>
          /AWS credentials for .* are not valid since .*Session token not found.*aws sso login --profile reader/.test(
            msg,
          ),
        ),
      );
      sources.portalRefuses = false;
      await consumer.until('valid again', () =>
        consumer.log.some(({ msg }) => msg.startsWith('No call fails for the AWS credentials any more')),
      );
      await putRecords(lab.owner, arn, sampleOrders(lab.owner.id, ORDERS));
      await consumer.until('read on', () => consumer.ledger.length >= 2 * ORDERS);
      expect((await consumer.stop()).code).toBe(0);
    });
  },
);

for (const [what, setUp] of [
  ['aws login', () => sources.login()],
  ['credential_process', () => sources.process()],
  ['the container endpoint', () => sources.container()],
  ['the instance metadata', () => sources.instance()],
  ['a web identity', () => sources.webIdentity()],
  ['a role with source_profile', () => sources.chained()],
] as const) {
  testThoroughly(`both processes read with what ${what} gives`, async () => {
    await readAll(setUp());
  });
}

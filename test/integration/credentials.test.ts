import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { createStream, type Lab, putRecords, startLab } from '../../lab/lab.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import { noteAssumed, setStreamRole } from '../aws/helpers/roles.js';
import { refusedStart } from './helpers/cli.js';
import { DECOY, leasesOf, sharedStream, TRANSPORTS, withWorker } from './helpers/fixtures.js';

const ROLE = 'arn:aws:iam::111111111111:role/stream-reader';
const EXTERNAL_ID = 'reader, 2026';

let lab: Lab;
const assumed: string[] = [];
beforeAll(async () => {
  lab = await startLab(noteAssumed(assumed));
  setStreamRole(lab, ROLE, { trusts: lab.reader.id, externalId: EXTERNAL_ID.replaceAll(' ', '') });
});
afterAll(() => lab.stop());

const role = () => ({
  STREAM_ROLE_ARN: ROLE,
  STREAM_ROLE_EXTERNAL_ID: EXTERNAL_ID.replaceAll(' ', ''),
  AWS_ENDPOINT_URL_STS: lab.gate.endpoint,
  KINESIS_ENDPOINT: lab.gate.endpoint,
  DYNAMO_DB_ENDPOINT: lab.gate.endpoint,
});

describe('a role that is assumed for the stream', () => {
  test.each(TRANSPORTS)(
    "%s: reads the stream; the lease table stays in the reader's account",
    async (transport) => {
      const { arn, application } = await sharedStream(lab, sampleOrders(lab.owner.id, 12), 1);
      assumed.length = 0;

      await withWorker(lab, arn, { TRANSPORT: transport, ...role() }, async (consumer) => {
        await consumer.until('all handled', () => consumer.ledger.length >= 12);
        expect((await consumer.stop()).code).toBe(0);
        expect(JSON.stringify(consumer.ledger)).not.toContain(DECOY);
      });

      // Once for the check, once for KCL.
      expect(assumed).toEqual([ROLE, ROLE]);
      expect(await leasesOf(lab, application)).toHaveLength(1);
      const { TableNames } = await lab.owner.dynamodb.send(new ListTablesCommand({}));
      expect(TableNames).toEqual([]);
    },
  );

  test('that may not be assumed is refused with what to change', async () => {
    const { arn } = await sharedStream(lab, [], 1);

    const { status, message } = await refusedStart(lab, {
      STREAM_ARN: arn,
      ...role(),
      STREAM_ROLE_EXTERNAL_ID: 'another',
    });

    expect(status).toBe(3);
    expect(message).toMatch(
      /not authorized to perform: sts:AssumeRole on resource: .*stream-reader\n.*trust policy/,
    );
  });
});

test('the stream in one region, lease table and metrics in another', async () => {
  const far = lab.account(lab.owner.id, 'eu-west-1');
  const arn = await createStream(far, 'far', 1);
  expect(arn).toContain(':eu-west-1:');
  await putRecords(far, arn, sampleOrders(far.id, 8));
  const near = lab.account(lab.reader.id, 'us-west-2');

  await withWorker(lab, arn, { LEASE_TABLE_REGION: 'us-west-2' }, async (consumer) => {
    await consumer.until('all handled', () => consumer.ledger.length >= 8);
    expect((await consumer.stop()).code).toBe(0);
  });

  const tables = async (account: Lab['owner']) =>
    (await account.dynamodb.send(new ListTablesCommand({}))).TableNames;
  expect(await tables(near)).toEqual(['cross-account-kcl-111111111111-far']);
  expect(await tables(lab.account(lab.reader.id, 'eu-west-1'))).toEqual([]);
});

describe('a credentials provider of Java', () => {
  /** Credentials in a profile that only the provider names. */
  function profile() {
    const folder = mkdtempSync(join(tmpdir(), 'xak-aws-'));
    writeFileSync(
      join(folder, 'credentials'),
      `[reader]\naws_access_key_id = ${lab.reader.id}\naws_secret_access_key = lab\n`,
    );
    return {
      folder,
      env: {
        AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
        AWS_CREDENTIALS_PROVIDER: 'ProfileCredentialsProvider|reader',
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_ACCESS_KEY_ID: '',
        AWS_SECRET_ACCESS_KEY: '',
      },
    };
  }

  test('is used by KCL, although this process can not check the stream with it', async () => {
    const { arn } = await sharedStream(lab, sampleOrders(lab.owner.id, 4), 1);
    const { folder, env } = profile();

    await withWorker(lab, arn, env, async (consumer) => {
      await consumer.until('all handled', () => consumer.ledger.length >= 4);
      expect(consumer.log.some(({ level, msg }) => level === 40 && msg.includes("can't be checked"))).toBe(
        true,
      );
      expect((await consumer.stop()).code).toBe(0);
    });
    rmSync(folder, { recursive: true });
  });

  test('of DynamoDB alone: the launcher compares the lease table that KCL will use', async () => {
    const { arn, application } = await sharedStream(lab, sampleOrders(lab.owner.id, 4), 1);
    await withWorker(lab, arn, {}, async (consumer) => {
      await consumer.until('all handled', () => consumer.ledger.length >= 4);
      await consumer.stop();
    });
    const { folder, env } = profile();

    // This process looks into the account 333333333333 and finds no table; KCL has the one of the reader.
    const { status, message } = await refusedStart(lab, {
      STREAM_ARN: arn,
      STREAM_CREATION_EPOCH: 'auto',
      AWS_SHARED_CREDENTIALS_FILE: env.AWS_SHARED_CREDENTIALS_FILE,
      AWS_ACCESS_KEY_ID: '333333333333',
      KCL_AWS_CREDENTIALS_PROVIDER_DYNAMO_DB: env.AWS_CREDENTIALS_PROVIDER,
    });

    expect(status).toBe(2);
    expect(message).toContain(`the lease table ${application} has leases like shardId-000000000000`);
    rmSync(folder, { recursive: true });
  });

  test('is not enough to find out a creation epoch', async () => {
    const { arn } = await sharedStream(lab, [], 1);
    const { folder, env } = profile();

    expect(await refusedStart(lab, { STREAM_ARN: arn, STREAM_CREATION_EPOCH: 'auto', ...env })).toMatchObject(
      {
        status: 3,
        message: expect.stringContaining('there are no AWS credentials'),
      },
    );
    rmSync(folder, { recursive: true });
  });
});

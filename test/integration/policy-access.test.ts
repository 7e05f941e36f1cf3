import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeStreamSummaryCommand,
  GetResourcePolicyCommand,
  PutResourcePolicyCommand,
  StartStreamEncryptionCommand,
} from '@aws-sdk/client-kinesis';
import type { Credentials } from '../../lab/gate/gate.js';
import { createStream, registerConsumer } from '../../lab/lab.js';
import { parseStreamArn } from '../../src/aws/arn.js';
import { onlyForStream } from '../../src/policy/share-conditions.js';
import type { Statement } from '../../src/policy/types.js';
import { answerTo, type Clients, type GatedLab, startGatedLab } from '../lab/gate/helpers/gated-lab.js';
import { allow, grant, OWNER, READER, ROLE, ROOT, SESSION } from '../lab/helpers/access.js';
import { runCli } from './helpers/cli.js';

/** What `policy` says of a reader's access, and whether the reader has it: everything goes through the gate. */

let lab: GatedLab;
let owner: Clients;
/** A session of the role, whose own IAM policy allows everything. */
let reader: Clients;
let folder: string;
let streams = 0;
let arn: string;
beforeAll(async () => {
  lab = await startGatedLab();
  owner = lab.as(OWNER);
  reader = lab.session(ROLE, [allow()]);
  folder = mkdtempSync(join(tmpdir(), 'xak-policy-access-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await lab.stop();
});
beforeEach(async () => {
  arn = await createStream(lab.owner, `access-${++streams}`, 1);
});

const policy = (command: string, args: string[] = [], credentials?: Credentials) =>
  runCli(['policy', command, '--stream-arn', arn, '--reader', ROLE, ...args], {
    cwd: folder,
    env: {
      ...lab.owner.env,
      ...(credentials && {
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      }),
      KINESIS_ENDPOINT: lab.gate.endpoint,
      AWS_ENDPOINT_URL_KMS: lab.gate.endpoint,
    },
  });

/** Past the gate, which refuses as Kinesis does what other services' policies may hold: NotPrincipal, wildcards. */
const put = (statements: readonly Statement[], ResourceARN = arn) =>
  lab.owner.kinesis.send(
    new PutResourcePolicyCommand({
      ResourceARN,
      Policy: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
    }),
  );
const describing = () => answerTo(reader.kinesis.send(new DescribeStreamSummaryCommand({ StreamARN: arn })));
const granting = (AWS: string | string[], rest: Partial<Statement> = {}): Statement => ({
  Sid: 'TheirStatement',
  ...allow({
    Principal: { AWS },
    Action: ['kinesis:DescribeStreamSummary', 'kinesis:GetRecords'],
    Resource: arn,
  }),
  ...rest,
});
const ACCOUNT_STATEMENT = () => granting(ROOT);

describe('remove', () => {
  test('takes away what a session of the reader was given, from the stream and its key', async () => {
    const { keys } = lab.gate;
    const key = keys.create(OWNER, lab.region, grant(`arn:aws:iam::${OWNER}:root`));
    const { Statement: administrator } = grant(`arn:aws:iam::${OWNER}:root`);
    const decrypting = allow({
      Principal: { AWS: SESSION },
      Action: 'kms:Decrypt',
      Condition: onlyForStream(parseStreamArn(arn)),
    });
    key.policy = JSON.stringify({ Version: '2012-10-17', Statement: [administrator, decrypting] });
    await owner.kinesis.send(
      new StartStreamEncryptionCommand({ StreamARN: arn, KeyId: key.arn, EncryptionType: 'KMS' }),
    );
    await put([granting(SESSION)]);
    expect(await describing()).toBe('ok');

    const { status, stdout, stderr } = await policy('remove', ['--yes', '--strict']);

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/- TheirStatement: Allow/);
    expect(await describing()).toMatch(/^AccessDeniedException: .* because no resource-based policy allows/);
    expect(JSON.parse(keys.find(key.arn)?.policy ?? '').Statement).toEqual([administrator]);
  });

  test('says what still lets the reader read, and with --strict ends with 4', async () => {
    await put([ACCOUNT_STATEMENT()]);

    const { status, stdout } = await policy('remove', ['--yes']);

    expect(stdout).toContain(
      `! TheirStatement may still allow ${ROLE} kinesis:DescribeStreamSummary, kinesis:GetRecords: it allows all of account ${READER}`,
    );
    expect(stdout).toContain(`Nothing to change.\n\n${ROLE} may still read: see the lines above`);
    expect(status).toBe(0);
    expect(await describing()).toBe('ok');

    const strict = await policy('remove', ['--yes', '--strict']);

    expect(strict.stdout).toBe(stdout);
    expect(strict.stderr).toContain(`cross-account-kcl: ${ROLE} may still read ${arn}\n`);
    expect(strict.status).toBe(4);

    const denied = { ...granting(ROLE), Sid: 'NotTheReader', Effect: 'Deny' } as const;
    await put([ACCOUNT_STATEMENT(), denied]);

    expect(await policy('remove', ['--yes', '--strict'])).toMatchObject({ status: 0, stderr: '' });
    expect(await describing()).toMatch(/with an explicit deny in a resource-based policy$/);
  });

  test('names the consumers that still let the reader subscribe, with the command that removes it there', async () => {
    const consumer = await registerConsumer(lab.owner, arn, 'fan-out');
    const other = await registerConsumer(lab.owner, arn, 'of-others');
    const subscribing = allow({
      Principal: { AWS: ROLE },
      Action: 'kinesis:SubscribeToShard',
      Resource: consumer,
    });
    await put([subscribing], consumer);
    await put([{ ...subscribing, Principal: { AWS: `arn:aws:iam::${OWNER}:root` }, Resource: other }], other);

    const { status, stdout } = await policy('remove', ['--yes', '--strict']);

    expect(stdout).toContain(
      `! the policy of the consumer ${consumer} may still allow ${ROLE} kinesis:SubscribeToShard: cross-account-kcl policy remove --for kcl --stream-arn ${arn} --reader ${ROLE} --consumer-arn ${consumer} --only consumer\n`,
    );
    expect(stdout).not.toContain(other);
    expect(status).toBe(4);

    expect(await policy('remove', ['--yes', '--strict', '--consumer-arn', consumer])).toMatchObject({
      status: 0,
      stderr: '',
    });
    expect(await policy('remove', ['--yes', '--strict'])).toMatchObject({ status: 0, stderr: '' });
  });

  test('says that the consumers are unknown to an owner who may not list them', async () => {
    const limited = lab.gate.identities.addUser(`arn:aws:iam::${OWNER}:user/limited`, [
      { Version: '2012-10-17', Statement: [allow({ NotAction: 'kinesis:ListStreamConsumers' })] },
    ]);

    const { status, stdout } = await policy('remove', ['--yes', '--strict'], limited);

    expect(stdout).toMatch(
      /! the consumers of the stream \S+ can't be listed: User: .* kinesis:ListStreamConsumers .*; whether the reader may still subscribe is unknown/,
    );
    expect(status).toBe(4);
  });
});

describe('a Deny with NotPrincipal', () => {
  const denying = (rest: Partial<Statement>): Statement => ({
    Sid: 'OnlyTheReader',
    Effect: 'Deny',
    Action: 'kinesis:*',
    Resource: arn,
    ...rest,
  });
  const given = async (rest: Partial<Statement>) => {
    await put([granting(ROLE), denying(rest)]);
    const { status, stdout } = await policy('diff', ['--strict']);
    return { status, answer: await describing(), caution: /! OnlyTheReader .*/.exec(stdout)?.[0] };
  };

  test('that names the role and its account denies its sessions, and diff says so', async () => {
    const { status, answer, caution } = await given({ NotPrincipal: { AWS: [ROLE, ROOT, OWNER] } });

    expect(answer).toMatch(/with an explicit deny in a resource-based policy$/);
    expect(caution).toMatch(/^! OnlyTheReader may deny .*: its NotPrincipal does not name the session/);
    expect(status).toBe(4);
  });

  test('spares the session that it names too', async () => {
    const { answer, caution } = await given({
      NotPrincipal: { AWS: [ROLE, ROOT, SESSION, OWNER, `arn:aws:iam::${OWNER}:root`] },
    });

    expect(answer).toBe('ok');
    expect(caution).toContain(`any session of the role but ${SESSION}`);
  });

  test('spares the reader once it is a condition on aws:PrincipalArn, of which there is no caution', async () => {
    const { status, answer, caution } = await given({
      Principal: '*',
      Condition: { ArnNotEquals: { 'aws:PrincipalArn': [ROLE, `arn:aws:iam::${OWNER}:root`] } },
    });

    expect({ status, answer, caution }).toEqual({ status: 0, answer: 'ok', caution: undefined });
  });
});

test('apply --strict writes, and ends with 4 where a Deny may keep the reader from reading', async () => {
  await put([{ ...granting(ROLE), Sid: 'Closed', Effect: 'Deny' }]);

  const { status, stdout, stderr } = await policy('apply', ['--yes', '--strict']);

  expect(stdout).toContain(`Written: the policy of the stream ${arn}`);
  expect(stderr).toContain(
    `cross-account-kcl: the policies may not give ${ROLE} the access to ${arn} that is asked for\n`,
  );
  expect(status).toBe(4);
  const { Policy } = await owner.kinesis.send(new GetResourcePolicyCommand({ ResourceARN: arn }));
  expect(JSON.parse(Policy ?? '').Statement).toHaveLength(2);
});

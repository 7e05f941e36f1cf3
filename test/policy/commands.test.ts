import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseStreamArn } from '../../src/aws/arn.js';
import { parseReaderArn } from '../../src/aws/reader-arn.js';
import { awsCommands } from '../../src/policy/commands.js';
import { grantRead } from '../../src/policy/grants.js';
import { CONSUMER, KCL, KEY, LAMBDA, READER, STREAM } from './helpers/requests.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'xak-commands-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What a shell makes of the commands: an `aws` that notes its arguments, and answers with a key's policy. */
function run(script: string, keyPolicy = '{}'): string[][] {
  const aws = join(folder, 'aws');
  writeFileSync(
    aws,
    `#!/usr/bin/env node
require('node:fs').appendFileSync('calls.jsonl', JSON.stringify(process.argv.slice(2)) + '\\n');
if (process.argv[3] === 'get-key-policy') console.log(${JSON.stringify(keyPolicy)});`,
  );
  chmodSync(aws, 0o755);
  writeFileSync(join(folder, 'package.json'), '{}');
  const env = { PATH: `${folder}:${process.env.PATH}` };
  execFileSync('sh', ['-euc', script], { cwd: folder, env });
  const lines = readFileSync(join(folder, 'calls.jsonl'), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as string[]);
}

test('a shell hands aws the policies of both sides as they are', () => {
  const request = { ...KCL, consumer: CONSUMER };
  const { streamPolicy, consumerPolicy, readerPolicy } = grantRead(request);

  const calls = run(awsCommands(request, grantRead(request)));

  const put = (arn: string, policy: unknown) =>
    ['kinesis', 'put-resource-policy', '--region', 'eu-west-1', '--resource-arn', arn, '--policy'].concat(
      JSON.stringify(policy),
    );
  const name = expect.stringMatching(/^cross-account-kcl-ReadStreamForOrdersReader[0-9a-f]{8}$/);
  expect(calls).toEqual([
    put(STREAM.arn, streamPolicy),
    put(CONSUMER.arn, consumerPolicy),
    ['iam', 'create-policy', '--policy-name', name, '--policy-document', JSON.stringify(readerPolicy)],
    [
      'iam',
      'attach-role-policy',
      '--role-name',
      'orders-reader',
      '--policy-arn',
      expect.stringMatching(/^arn:aws:iam::222222222222:policy\/cross-account-kcl-ReadStreamFor/),
    ],
  ]);
});

test.each([
  ['a list', [{ Sid: 'Root' }]],
  ['a single one', { Sid: 'Root' }],
])("the key's policy keeps its statements, %s", (_what, statements) => {
  const request = { ...KCL, key: KEY };
  const { keyPolicyStatement } = grantRead(request);
  const keyPolicy = JSON.stringify({ Version: '2012-10-17', Statement: statements });

  const calls = run(awsCommands(request, { keyPolicyStatement } as never), keyPolicy);

  expect(calls.map(([, command]) => command)).toEqual(['get-key-policy', 'put-key-policy']);
  expect(calls[1]).toContain('file://new-key-policy.json');
  expect(JSON.parse(readFileSync(join(folder, 'new-key-policy.json'), 'utf8'))).toEqual({
    Version: '2012-10-17',
    Statement: [{ Sid: 'Root' }, keyPolicyStatement],
  });
});

test('the policies of one account have names of their own, by reader, stream and application', () => {
  const names = [
    KCL,
    { ...KCL, reader: parseReaderArn(`${READER.arn}-2`) },
    { ...KCL, stream: parseStreamArn(STREAM.arn.replace('eu-west-1', 'eu-west-2')) },
    { ...KCL, application: 'other' },
    LAMBDA,
  ].map((request) => {
    const [created, attached] = run(
      awsCommands(request, { readerPolicy: grantRead(request).readerPolicy }),
    ).slice(-2);
    expect(attached?.at(-1)).toBe(`arn:aws:iam::222222222222:policy/${created?.[3]}`);
    return created?.[3];
  });

  expect(new Set(names).size).toBe(5);
});

test("a user's policy is attached to the user", () => {
  const request = { ...KCL, reader: { ...READER, kind: 'user' as const } };

  expect(awsCommands(request, grantRead(request))).toContain(
    'aws iam attach-user-policy --user-name orders-reader',
  );
});

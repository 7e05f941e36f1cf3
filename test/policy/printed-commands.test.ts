import type { Shard } from '@aws-sdk/client-kinesis';
import { consumerCommands } from '../../src/aws/consumer-commands.js';
import { parseReaderArn, type ReaderArn } from '../../src/aws/reader-arn.js';
import { foreignLeases } from '../../src/leases/foreign-leases.js';
import { parseItems } from '../../src/leases/lease-table.js';
import { restoreCommand } from '../../src/policy/aws/policy-change.js';
import { stepsToOwnKey } from '../../src/policy/commands.js';
import { grantRead } from '../../src/policy/grants.js';
import { awsCommands } from '../../src/policy/merge-commands.js';
import type { ReadRequest } from '../../src/policy/read-request.js';
import { denialCauses } from '../../src/preflight/denial-causes.js';
import { decryptEvents } from '../../src/preflight/denial-causes-policies.js';
import { missingStatements } from '../../src/preflight/remedy.js';
import { describeWithJq } from '../helpers/aws-cli.js';
import { stepsOf } from '../helpers/owner-message.js';
import { HOSTILE, pasted } from '../helpers/pasted.js';
import { runCli } from '../integration/helpers/cli.js';
import { leaseItem } from '../leases/helpers/lease-tables.js';
import { CONSUMER, KCL, KEY, LAMBDA, STREAM } from './helpers/requests.js';

/** IAM allows every visible ASCII character in a path, and names that begin with a dash. */
const PATHS = [
  'x$(touch>owned)',
  '`touch>owned`',
  "';touch>owned;'",
  '"$(id)"',
  '!!',
  '~',
  '#',
  '\\',
  '-x',
  '{a,b}',
  '<>|&',
];
const READERS = PATHS.flatMap((path) =>
  (['role', 'user'] as const).map((kind) =>
    parseReaderArn(`arn:aws:iam::222222222222:${kind}/${path}/-reader`),
  ),
);
const DENIAL = { policy: undefined, explicit: false, fixedBy: 'both' } as const;

const requestsOf = (reader: ReaderArn): ReadRequest[] => [
  { ...KCL, reader },
  { ...KCL, reader, consumer: CONSUMER, key: KEY },
  { ...LAMBDA, reader },
];
const apply = ({ for: by, reader, consumer }: ReadRequest, key?: string) => [
  ...[
    'cross-account-kcl',
    'policy',
    'apply',
    '--for',
    by,
    '--stream-arn',
    STREAM.arn,
    '--reader',
    reader.arn,
  ],
  ...(consumer ? ['--consumer-arn', consumer.arn] : []),
  ...(key === undefined ? [] : ['--key-arn', key]),
];
const script = (lines: readonly string[]) => lines.join('\n');
const requests = READERS.flatMap(requestsOf);

describe.each(['file', 'terminal'] as const)('given to bash as a %s', (how) => {
  test("preflight's remedies", () => {
    const found = requests.flatMap((request) =>
      missingStatements({ action: 'kinesis:GetRecords', resource: STREAM.arn, denial: DENIAL }, request).map(
        (missing) => ({ missing, request }),
      ),
    );

    const calls = pasted(script(found.map(({ missing }) => missing.command)), how);

    expect(calls).toEqual(
      found.map(({ missing: { side, statement }, request }) =>
        side === 'stream owner'
          ? apply(request, request.key?.arn)
          : [
              ...['aws', 'iam', `put-${request.reader.kind}-policy`, `--${request.reader.kind}-name=-reader`],
              ...['--policy-name', expect.stringMatching(/^cross-account-kcl-\w+-[0-9a-f]{8}$/)],
              ...['--policy-document', JSON.stringify({ Version: '2012-10-17', Statement: [statement] })],
            ],
      ),
    );
  });

  test('where preflight says to look', () => {
    const denied = { action: 'kms:Decrypt', resource: KEY.arn };
    const commands = requests.flatMap((request) =>
      [...denialCauses(denied, request), decryptEvents(denied, request)].flatMap((place) => place.commands),
    );

    const calls = pasted(script(commands), how);

    expect(calls).toHaveLength(commands.length);
    expect(calls.filter((call) => call.includes('simulate-principal-policy'))).toEqual(
      requests.map(({ reader }) =>
        expect.arrayContaining(['--policy-source-arn', reader.arn, '--resource-arns', KEY.arn]),
      ),
    );
    expect(calls.filter(([command]) => command === 'cross-account-kcl')).toEqual(
      requests.map((request) => apply(request, request.key?.arn).with(2, 'diff')),
    );
    expect(calls).toContainEqual(expect.arrayContaining(['describe-policy', '<id of the policy>']));
    expect(calls).toContainEqual(
      expect.arrayContaining(['Events[?contains(CloudTrailEvent, `AccessDenied`)].CloudTrailEvent']),
    );
  });

  test('the steps to a key of the owner', () => {
    const commands = requests
      .filter(({ key }) => key === undefined)
      .map((request) => ({
        request,
        lines: stepsToOwnKey(request, 24).flatMap(
          (step) => /: ((?:aws|cross-account-kcl) .*)$/s.exec(step)?.[1] ?? [],
        ),
      }));
    const key = '<ARN of the new key>';

    const calls = pasted(script(commands.flatMap(({ lines }) => lines)), how);

    expect(calls).toEqual(
      commands.flatMap(({ request }) => [
        ['aws', 'kms', 'create-key', '--region', 'eu-west-1', '--description', 'Kinesis stream orders'],
        apply(request, key),
        [
          ...[
            'aws',
            'kinesis',
            'start-stream-encryption',
            '--region',
            'eu-west-1',
            '--stream-arn',
            STREAM.arn,
          ],
          ...['--encryption-type', 'KMS', '--key-id', key],
        ],
      ]),
    );
  });

  test('the commands that restore a policy, from a file of any name', () => {
    const store = {
      target: 'stream',
      arn: STREAM.arn,
      region: STREAM.region,
      read: async () => undefined,
    } as const;
    const paths = HOSTILE.map((name) => `/tmp/${name}/policy.json`);

    const calls = pasted(script(paths.map((path) => restoreCommand(store, path))), how);

    expect(calls.map((call) => call.at(-1))).toEqual(paths.map((path) => `file://${path}`));
  });

  test('how the owner looks for a consumer', () => {
    const names = HOSTILE.map((name) => `${CONSUMER.arn}${name}`);

    const calls = pasted(
      script(names.flatMap((name) => consumerCommands(name, STREAM.arn, 'eu-west-1'))),
      how,
    );

    expect(calls).toEqual(
      names.flatMap((name) => [
        ['aws', 'kinesis', 'describe-stream-consumer', '--consumer-arn', name, '--region', 'eu-west-1'],
        ['aws', 'kinesis', 'list-stream-consumers', '--stream-arn', STREAM.arn, '--region', 'eu-west-1'],
      ]),
    );
  });

  test('the deletion of a lease table of another stream, of any name', () => {
    const { leases } = parseItems([leaseItem('shardId-000000000007')]);
    const commands = HOSTILE.map((table) => {
      const { remedy } =
        foreignLeases(STREAM, table, leases, [{ ShardId: 'shardId-000000000000' } as Shard]) ?? {};
      return /\((aws .*)\) or these leases/s.exec(remedy ?? '')?.[1] ?? '';
    });

    const calls = pasted(script(commands), how);

    expect(calls).toEqual(
      HOSTILE.map((table) => [
        ...['aws', 'dynamodb', 'delete-table'],
        ...(table.startsWith('-') ? [`--table-name=${table}`] : ['--table-name', table]),
      ]),
    );
  });
});

describeWithJq.each(['file', 'terminal'] as const)(
  'policy print -o commands given to bash as a %s (with jq)',
  (how) => {
    const some = requests.filter(({ for: by, reader }) => by === 'lambda' && reader.kind === 'role');
    test.each(
      (how === 'file' ? requests : some).map(
        (request) => [request.for, request.reader.arn, request] as const,
      ),
    )('for %s, %s', (_by, _arn, request) => {
      const { streamPolicy, readerPolicy } = grantRead(request);

      const calls = pasted(awsCommands(request, grantRead(request)), how);

      const [get, put] = calls;
      expect(get?.slice(0, 3)).toEqual(['aws', 'kinesis', 'get-resource-policy']);
      expect(put?.slice(0, 3)).toEqual(['aws', 'kinesis', 'put-resource-policy']);
      expect(JSON.parse(put?.at(-1) ?? '')).toEqual(streamPolicy);
      expect(calls.at(-2)?.at(-1)).toBe(JSON.stringify(readerPolicy));
      expect(calls.at(-1)?.slice(0, 4)).toEqual([
        ...['aws', 'iam', `attach-${request.reader.kind}-policy`, `--${request.reader.kind}-name=-reader`],
      ]);
    });
  },
);

const ARN = `arn:aws:iam::222222222222:role/${PATHS.join('/')}/-reader`;
const message = async () => {
  const args = ['preflight', 'request', '--stream-arn', STREAM.arn, '--consumer-arn', CONSUMER.arn];
  return (await runCli([...args, '--reader', ARN], { env: { AWS_EC2_METADATA_DISABLED: 'true' } })).stdout;
};

test('the commands of this project in the message of preflight request', async () => {
  const lines = (await message()).split('\n').filter((line) => /^ {2}cross-account-kcl (?!\d)/.test(line));
  const share = apply({ ...KCL, reader: parseReaderArn(ARN), consumer: CONSUMER });

  expect(pasted(lines.join('\n'))).toEqual([
    share,
    [
      ...['cross-account-kcl', 'preflight', '--for', 'kcl', '--stream-arn', STREAM.arn],
      ...['--consumer-arn', CONSUMER.arn, '--reader', ARN],
      ...['--only', 'get-records', 'decrypt', 'consumer', 'subscribe', '--wait', '10m'],
    ],
    share.with(2, 'remove'),
  ]);
});

describeWithJq.each(['file', 'terminal'] as const)(
  'the message of preflight request given to bash as a %s (with jq)',
  (how) => {
    test('puts the three statements in force', async () => {
      const request = { ...KCL, reader: parseReaderArn(ARN), consumer: CONSUMER, key: KEY };
      const { streamPolicy, consumerPolicy, keyPolicyStatement } = grantRead(request);

      const calls = pasted(stepsOf(await message()).allow, how);

      const written = calls.filter(([, , action]) => /^put-/.test(action ?? ''));
      expect(written.map((call) => JSON.parse(call.at(-1) ?? ''))).toEqual([
        streamPolicy,
        consumerPolicy,
        { Version: '2012-10-17', Statement: [keyPolicyStatement] },
      ]);
      expect(calls.at(-1)).toEqual(expect.arrayContaining(['put-key-policy', '--key-id', 'the-key']));
    });
  },
);

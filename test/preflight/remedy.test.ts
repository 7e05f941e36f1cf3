import { parseStreamArn } from '../../src/aws/arn.js';
import { parseReaderArn } from '../../src/aws/reader-arn.js';
import { preflight } from '../../src/preflight/preflight.js';
import { denied, stubRequest } from './helpers/stub-request.js';

const streams = ['orders', 'payments'].map((name) => ({
  stream: parseStreamArn(`arn:aws:kinesis:us-east-1:111111111111:stream/${name}`),
}));

test('a policy that the reader puts does not replace the one for another stream', async () => {
  const because = ' because no identity-based policy allows the kinesis:ListShards action';
  const request = stubRequest({ ListShards: denied('kinesis:ListShards', because) }, { streams });
  const { checks } = await preflight(request, { only: ['list-shards'] });

  const names = checks.map(
    ({ statements: [missing] }) => /--policy-name (\S+)/.exec(missing?.command ?? '')?.[1],
  );
  expect(names).toEqual([
    expect.stringMatching(/^cross-account-kcl-ReadStream-[0-9a-f]{8}$/),
    expect.stringMatching(/^cross-account-kcl-ReadStream-[0-9a-f]{8}$/),
  ]);
  expect(names[0]).not.toBe(names[1]);
});

test("a resource control policy is of the organization that has the stream's key", async () => {
  const because = ' with an explicit deny in a resource control policy';
  const { checks } = await preflight(stubRequest({ ListShards: denied('kinesis:ListShards', because) }), {
    only: ['list-shards'],
  });

  expect(checks[0]).toMatchObject({
    fixedBy: 'stream owner',
    statements: [],
    remedy: expect.stringContaining("the stream's owner must take kinesis:ListShards out of it"),
  });
});

describe('a role of IAM Identity Center, which always has a path that STS does not tell', () => {
  const name = 'AWSReservedSSO_Developer_0123456789abcdef';
  const answers = {
    GetCallerIdentity: { Account: '222222222222', Arn: `arn:aws:sts::222222222222:assumed-role/${name}/me` },
    ListShards: denied(
      'kinesis:ListShards',
      ' because no resource-based policy allows the kinesis:ListShards action',
    ),
  };
  const only = ['credentials', 'list-shards'] as const;

  test('is not named without its path', async () => {
    const { checks } = await preflight(stubRequest(answers), { only });

    expect(checks[0]).toMatchObject({ status: 'passed', message: expect.stringContaining('give --reader') });
    expect(checks[1]).toMatchObject({ statements: [], remedy: expect.stringContaining('give --reader') });
    expect(JSON.stringify(checks)).not.toContain(':role/AWSReservedSSO');
  });

  test('is named as given', async () => {
    const arn = `arn:aws:iam::222222222222:role/aws-reserved/sso.amazonaws.com/eu-west-1/${name}`;
    const { checks } = await preflight(stubRequest(answers, { reader: parseReaderArn(arn) }), { only });

    expect(checks[0]).toMatchObject({ status: 'passed' });
    expect(checks[1]?.statements[0]?.statement.Principal).toEqual({ AWS: arn });
  });
});

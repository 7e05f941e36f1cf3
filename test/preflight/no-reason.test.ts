import { parseReaderArn } from '../../src/aws/reader-arn.js';
import { grantByOwner } from '../../src/policy/grants.js';
import type { PolicyDocument, Statement } from '../../src/policy/types.js';
import { preflight } from '../../src/preflight/preflight.js';
import type { ReportOptions } from '../../src/preflight/report.js';
import { explainTrouble } from '../../src/preflight/report-text.js';
import { denied, STREAM, stubRequest } from './helpers/stub-request.js';

const READER = parseReaderArn('arn:aws:iam::222222222222:role/orders-reader');
const OWN = grantByOwner({ for: 'lambda', stream: STREAM, reader: READER }).streamPolicy;
const inForce = (...Statement: Statement[]) => ({
  Policy: JSON.stringify({ ...OWN, Statement: [...OWN.Statement, ...Statement] } satisfies PolicyDocument),
});

/** Of list-shards, which is denied with that at the end of AWS's text. */
async function listShards(because: string, answers: object = {}, options: ReportOptions = {}) {
  const request = stubRequest(
    { ListShards: denied('kinesis:ListShards', because), ...answers },
    { reader: READER },
  );
  const { checks } = await preflight(request, { only: ['list-shards'], ...options });
  const [check] = checks;
  if (check === undefined) throw new Error('no check');
  return { ...check, remedy: check.remedy ?? '' };
}

describe('a denial without a reason', () => {
  test('has the statements, and what can deny although they are in force, each with the command that shows it', async () => {
    const { fixedBy, remedy, statements } = await listShards('');

    expect(fixedBy).toBe('both');
    expect(statements.map(({ policy }) => policy)).toEqual(['stream', 'reader']);
    const [before = '', after = ''] = remedy.split('If these statements are in force already');
    expect(before).toContain('cross-account-kcl policy apply ');
    expect([...after.matchAll(/^\d\. .*/gm)].map(([line]) => line)).toEqual([
      expect.stringMatching(/^1\. A Deny in the stream's policy.* account 111111111111, can check with:/),
      expect.stringMatching(/^2\. .*reader's IAM policies, or a permissions boundary/),
      expect.stringMatching(/^3\. A service control policy/),
      // Kinesis has no resource control policies.
      expect.stringMatching(/^4\. A session policy/),
      expect.stringMatching(/^5\. The policy of a VPC endpoint/),
    ]);
    for (const command of [
      `   cross-account-kcl policy diff --for lambda --stream-arn ${STREAM.arn} --reader ${READER.arn}`,
      `   aws kinesis get-resource-policy --region us-east-1 --resource-arn ${STREAM.arn}`,
      `   aws iam simulate-principal-policy --policy-source-arn ${READER.arn} --action-names kinesis:ListShards --resource-arns ${STREAM.arn}`,
      "   aws ec2 describe-vpc-endpoints --region us-east-1 --filters 'Name=service-name,Values=*.kinesis-streams*' --query 'VpcEndpoints[].PolicyDocument'",
    ]) {
      expect(after).toContain(`\n${command}`);
    }
  });

  test('for a user has no session', async () => {
    const user = parseReaderArn('arn:aws:iam::222222222222:user/me');
    const request = stubRequest(
      {
        GetCallerIdentity: { Account: '222222222222', Arn: user.arn },
        ListShards: denied('kinesis:ListShards'),
      },
      { reader: user },
    );
    const { checks } = await preflight(request, { only: ['list-shards'] });

    expect(checks[0]?.remedy).toContain(
      "aws iam get-user --user-name me --query 'User.[Arn,PermissionsBoundary]'",
    );
    expect(checks[0]?.remedy).not.toContain('session policy');
  });

  test('that says "with an explicit deny" and no more: no statement helps', async () => {
    const { remedy, statements } = await listShards(' with an explicit deny');

    expect(statements).toEqual([]);
    expect(remedy).toMatch(/^A Deny in a policy that AWS does not name wins over every Allow/);
    expect(remedy).toMatch(/^2\. .*permissions boundary/m);
    expect(remedy).not.toContain('undefined');
    expect(remedy).not.toContain('policy apply');
  });

  test('in the log of a start is told of in short', async () => {
    const check = await listShards('', {}, { brief: true });

    expect(check.remedy).toContain(
      'If these statements are in force already, another policy denies it: cross-account-kcl preflight --only list-shards lists',
    );
    expect(check.remedy).not.toMatch(/^1\. /m);
    expect(check.remedy).not.toContain('describe-vpc-endpoints');
    expect(explainTrouble(check)).toContain('list-shards, failed');
  });
});

describe('where AWS names the policy', () => {
  const SCP = 'arn:aws:organizations::987654321098:policy/o-qv5af4abcd/service_control_policy/p-2kgnabcd';

  test('its ARN is told of, and how it is looked at', async () => {
    const { fixedBy, remedy, statements } = await listShards(
      ` with an explicit deny in a service control policy: ${SCP}. Go to https://x for complete details, or call the GetRequestAuthorizationDetails API with the following authorization id: abc123`,
    );

    expect({ fixedBy, statements }).toEqual({ fixedBy: 'reader', statements: [] });
    expect(remedy).toContain(`A Deny in the service control policy (${SCP}) wins over every Allow`);
    expect(remedy).toContain('aws iam-toolbox get-request-authorization-details --authorization-id abc123');
    expect(remedy).toContain('--target-id 222222222222 --filter SERVICE_CONTROL_POLICY');
    expect(remedy).not.toContain('RESOURCE_CONTROL_POLICY');
  });

  test.each([
    ['resource control policy', 'stream owner', '--target-id 111111111111 --filter RESOURCE_CONTROL_POLICY'],
    ['permissions boundary', 'reader', 'PermissionsBoundary'],
    ['session policy', 'reader', 'AssumeRole'],
    ['VPC endpoint policy', 'reader', 'describe-vpc-endpoints'],
    ['identity-based policy', 'reader', 'list-attached-role-policies'],
    ['resource-based policy', 'stream owner', 'cross-account-kcl policy diff '],
  ])('a Deny in a %s', async (policy, side, command) => {
    const { fixedBy, remedy, statements } = await listShards(` with an explicit deny in a ${policy}`);

    expect({ fixedBy, statements }).toEqual({ fixedBy: side, statements: [] });
    expect(remedy).toContain(`A Deny in the ${policy} wins over every Allow`);
    expect(remedy).toContain(command);
    expect(remedy).not.toMatch(/^1\. /m);
  });

  test.each([
    'service control policy',
    'resource control policy',
    'permissions boundary',
    'session policy',
    'VPC endpoint policy',
  ])('that no %s allows it: a statement elsewhere does not help', async (policy) => {
    const { remedy, statements } = await listShards(
      ` because no ${policy} allows the kinesis:ListShards action`,
    );

    expect(statements).toEqual([]);
    expect(remedy).toMatch(/must allow kinesis:ListShards/);
    expect(remedy).toMatch(/aws (iam|organizations|cloudtrail|ec2) /);
  });

  test.each([
    ['resource-based policy', 'cross-account-kcl policy diff '],
    ['identity-based policy', 'aws iam get-role --role-name orders-reader'],
  ])('that no %s allows it: what if the statement is there', async (policy, command) => {
    const { remedy } = await listShards(` because no ${policy} allows the kinesis:ListShards action`);

    expect(remedy.split('\n').at(-1)).toMatch(
      /^If this statement is in force already, a condition in it does not hold/,
    );
    expect(remedy.split('\n').at(-1)).toContain(command);
  });
});

describe('where the policy may be read', () => {
  const CONDITION = { StringNotEquals: { 'aws:SourceVpce': 'vpce-1' } };

  test.each([
    ['no reason', ''],
    ['a Deny without its statement', ' with an explicit deny in a resource-based policy'],
  ])('of %s: the statement that denies is named', async (_what, because) => {
    const deny: Statement = {
      Sid: 'Shut',
      Effect: 'Deny',
      Principal: '*',
      Action: 'kinesis:List*',
      Resource: '*',
    };
    const { fixedBy, remedy, statements } = await listShards(because, { GetResourcePolicy: inForce(deny) });

    expect({ fixedBy, statements }).toEqual({ fixedBy: 'stream owner', statements: [] });
    expect(remedy).toContain(
      `The stream's policy (${STREAM.arn}): Shut (statement 2) denies ${READER.arn} kinesis:ListShards, and a Deny wins`,
    );
    expect(remedy).not.toContain('policy apply');
  });

  test('a Deny with a condition is one of several causes', async () => {
    const deny: Statement = {
      Effect: 'Deny',
      Principal: '*',
      Action: 'kinesis:*',
      Resource: '*',
      Condition: CONDITION,
    };
    const { fixedBy, remedy, statements } = await listShards('', { GetResourcePolicy: inForce(deny) });

    expect(fixedBy).toBe('both');
    expect(remedy).toContain(
      `statement 2 denies ${READER.arn} kinesis:ListShards while aws:SourceVpce StringNotEquals vpce-1, and`,
    );
    expect(remedy).toContain('has the statement already.');
    expect(statements.map(({ policy }) => policy)).toEqual(['reader']);
    expect(remedy).toMatch(/^1\. .*permissions boundary/m);
  });

  test('a condition that was added to the statement is shown, and the owner is not asked to add it again', async () => {
    const [own] = OWN.Statement;
    const narrowed = { ...own, Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } };
    const { remedy, statements } = await listShards('', {
      GetResourcePolicy: { Policy: JSON.stringify({ ...OWN, Statement: [narrowed] }) },
    });

    expect(remedy).toContain(
      `${own.Sid} (statement 1) keeps aws:PrincipalOrgID StringEquals o-1, beyond what is asked for: it allows the reader only while that holds.`,
    );
    expect(statements.map(({ policy }) => policy)).toEqual(['reader']);
  });

  test('a policy without the statement: it is printed', async () => {
    const { remedy, statements } = await listShards('', { GetResourcePolicy: { Policy: '{}' } });

    expect(statements.map(({ policy }) => policy)).toEqual(['stream', 'reader']);
    expect(remedy).not.toContain('already.');
  });

  test.each([
    ['may not be read', denied('kinesis:GetResourcePolicy')],
    ['is none', Object.assign(new Error('none'), { name: 'ResourceNotFoundException' })],
    ['is not JSON', { Policy: 'x' }],
    ['is no policy', { Policy: '{"Statement":[{"Effect":"Maybe"}]}' }],
  ])('one that %s: everything is listed', async (_what, answer) => {
    const { remedy, statements } = await listShards('', { GetResourcePolicy: answer });

    expect(statements.map(({ policy }) => policy)).toEqual(['stream', 'reader']);
    expect(remedy).toMatch(/^1\. A Deny in the stream's policy/m);
  });

  test('it is read once, and not at all where nothing failed for it', async () => {
    const calls: string[] = [];
    const count = (answers: Record<string, object>) => {
      const request = stubRequest(answers, { reader: READER });
      const { send } = request.clients.kinesis as unknown as { send(command: object): Promise<object> };
      Object.assign(request.clients.kinesis, {
        send(command: object) {
          calls.push(command.constructor.name);
          return send(command);
        },
      });
      return request;
    };
    const summary = { StreamDescriptionSummary: { StreamARN: STREAM.arn, StreamStatus: 'ACTIVE' } };
    await preflight(count({ DescribeStreamSummary: summary }));
    expect(calls).not.toContain('GetResourcePolicyCommand');

    const [one, other] = [denied('kinesis:ListShards'), denied('kinesis:DescribeStreamSummary')];
    await preflight(count({ ListShards: one, DescribeStreamSummary: other, GetResourcePolicy: inForce() }));
    expect(calls.filter((name) => name === 'GetResourcePolicyCommand')).toHaveLength(1);
  });
});

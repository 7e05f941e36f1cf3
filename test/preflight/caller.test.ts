import { parseReaderArn } from '../../src/aws/reader-arn.js';
import type { RoleArnOf } from '../../src/aws/role-arn.js';
import { identityOf, namedReader, readerNames } from '../../src/preflight/caller.js';
import { preflight } from '../../src/preflight/preflight.js';
import { denied, stubRequest } from './helpers/stub-request.js';

const ACCOUNT = '222222222222';
const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/orders-reader/worker`;
const WITH_PATH = `arn:aws:iam::${ACCOUNT}:role/service-role/orders-reader`;
const PATHLESS = `arn:aws:iam::${ACCOUNT}:role/orders-reader`;

/** IAM's answer to GetRole. */
function iamWith(answer: string | Error | undefined) {
  const asked: string[] = [];
  const roleArnOf: RoleArnOf = async (name) => {
    asked.push(name);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { roleArnOf, asked };
}
const failing = (name: string, message: string) =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 403 } });

test('IAM is asked for the role of a session by its name', async () => {
  const { roleArnOf, asked } = iamWith(WITH_PATH);

  expect(await namedReader(identityOf(SESSION, ACCOUNT), roleArnOf)).toEqual({
    reader: parseReaderArn(WITH_PATH),
  });
  expect(asked).toEqual(['orders-reader']);
});

test.each([
  ['it is denied', failing('AccessDenied', 'not authorized to perform: iam:GetRole'), 'not authorized'],
  ['it is throttled', failing('Throttling', 'Rate exceeded'), 'Rate exceeded'],
  ['a proxy answers', undefined, 'IAM, or what answered for it, returned no role'],
])('where %s the path is said to be unknown, and why', async (_what, answer, why) => {
  const { reader, note } = await namedReader(identityOf(SESSION, ACCOUNT), iamWith(answer).roleArnOf);

  expect(reader?.arn).toBe(PATHLESS);
  expect(note).toMatch(/^The path of the role orders-reader is unknown/);
  expect(note).toContain(why);
  expect(note).toContain(`${PATHLESS} is right only if the role has no path`);
  expect(note).toContain('aws iam get-role --role-name orders-reader');
});

test('who is no session is named as STS reports it, without a question', async () => {
  const { roleArnOf, asked } = iamWith(WITH_PATH);
  const user = `arn:aws:iam::${ACCOUNT}:user/team/rita`;

  expect(await namedReader(identityOf(user, ACCOUNT), roleArnOf)).toEqual({ reader: parseReaderArn(user) });
  for (const arn of [`arn:aws:iam::${ACCOUNT}:root`, `arn:aws:sts::${ACCOUNT}:federated-user/rita`]) {
    expect(await namedReader(identityOf(arn, ACCOUNT), roleArnOf)).toEqual({ reader: undefined });
  }
  expect(asked).toEqual([]);
});

test('a reader that was given stays, unless IAM knows better', async () => {
  const given = { ...identityOf(SESSION, ACCOUNT), reader: parseReaderArn(PATHLESS) };

  expect(await namedReader(given, iamWith(failing('AccessDenied', 'no')).roleArnOf)).toEqual({
    reader: given.reader,
  });
  expect(await namedReader(given, iamWith(PATHLESS).roleArnOf)).toEqual({ reader: given.reader });
  expect(await namedReader(given, iamWith(WITH_PATH).roleArnOf)).toEqual({
    reader: parseReaderArn(WITH_PATH),
    note: `--reader names ${PATHLESS}; IAM reports that these credentials are of ${WITH_PATH}.`,
  });
});

test('a caller is asked for once', async () => {
  const { roleArnOf, asked } = iamWith(WITH_PATH);
  const named = readerNames(roleArnOf);

  await Promise.all([1, 2].map(() => named(identityOf(SESSION, ACCOUNT))));

  expect(asked).toHaveLength(1);
});

describe('in preflight', () => {
  const because = ' because no resource-based policy allows the kinesis:ListShards action';
  const lacking = { ListShards: denied('kinesis:ListShards', because) };
  const checked = async (answers: Parameters<typeof stubRequest>[0], roleArnOf: RoleArnOf) => {
    const request = stubRequest(answers);
    const { checks } = await preflight({ ...request, roleArnOf }, { only: ['list-shards'] });
    return checks[0];
  };

  test('a statement that is missing names the role with its path', async () => {
    const check = await checked(lacking, iamWith(WITH_PATH).roleArnOf);

    expect(check?.statements[0]?.statement.Principal).toEqual({ AWS: WITH_PATH });
    expect(check?.statements[0]?.command).toContain(`--reader ${WITH_PATH}`);
    expect(check?.remedy).not.toContain('unknown');
  });

  test('where the path is unknown the remedy says so before the statement', async () => {
    const check = await checked(lacking, iamWith(failing('AccessDenied', 'no')).roleArnOf);

    expect(check?.statements[0]?.statement.Principal).toEqual({ AWS: PATHLESS });
    expect(check?.remedy).toMatch(
      /^The path of the role orders-reader is unknown[\s\S]*The stream owner adds/,
    );
  });

  test('IAM is not asked where no statement is missing', async () => {
    const { roleArnOf, asked } = iamWith(WITH_PATH);

    expect(await checked({}, roleArnOf)).toMatchObject({ status: 'passed' });
    expect(asked).toEqual([]);
  });

  test('the check of credentials states no guess', async () => {
    const { checks } = await preflight(stubRequest({}), { only: ['credentials'] });

    expect(checks[0]?.message).toBe(
      `${SESSION}: policies must name the role orders-reader by its ARN, with its path if it has one; STS does not report it`,
    );
  });
});

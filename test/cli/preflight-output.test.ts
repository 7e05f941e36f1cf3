import {
  exitCodeOf,
  missingOf,
  type PreflightOutput,
  renderPreflight,
} from '../../src/cli/preflight-output.js';
import type { Status } from '../../src/preflight/check.js';
import { preflight } from '../../src/preflight/preflight.js';
import type { CheckReport, PreflightReport } from '../../src/preflight/report.js';
import { denied, STREAM, stubRequest } from '../preflight/helpers/stub-request.js';

const check = (id: string, status: Status, more: Partial<CheckReport> = {}): CheckReport => ({
  id,
  asserts: `can ${id}`,
  status,
  fixedBy: 'both',
  message: `about ${id}`,
  remedy: null,
  statements: [],
  ...more,
});
const report = (...checks: CheckReport[]): PreflightReport => ({ version: 1, passed: true, checks });
const render = (of: PreflightReport, output: PreflightOutput = 'text', columns = 110) =>
  renderPreflight(of, output, { columns, colors: false });

test.each<[Status[], number, number]>([
  [['passed', 'skipped'], 0, 0],
  [[], 0, 0],
  [['passed', 'warning'], 0, 1],
  [['passed', 'failed'], 1, 1],
  [['failed', 'error'], 1, 1],
  [['error', 'passed'], 3, 3],
  [['error', 'warning'], 3, 1],
])('%j ends with %d, strictly with %d', (statuses, code, strict) => {
  const of = report(...statuses.map((status) => check(status, status)));

  expect(exitCodeOf(of, false)).toBe(code);
  expect(exitCodeOf(of, true)).toBe(strict);
  expect(missingOf(of, false).length === 0).toBe(code === 0);
});

test('JSON has exactly the documented fields', async () => {
  const because = ' because no resource-based policy allows the kinesis:GetRecords action';
  const found = await preflight(stubRequest({ GetRecords: denied('kinesis:GetRecords', because) }), {
    only: ['list-shards', 'get-records'],
  });

  const reader = 'arn:aws:iam::222222222222:role/orders-reader';
  const statement = {
    Sid: 'ReadStreamForOrdersReader237c34dd',
    Effect: 'Allow',
    Principal: { AWS: reader },
    Action: [
      'kinesis:DescribeStream',
      'kinesis:DescribeStreamSummary',
      'kinesis:ListShards',
      'kinesis:GetShardIterator',
      'kinesis:GetRecords',
    ],
    Resource: STREAM.arn,
  };
  const command = `cross-account-kcl policy apply --for lambda --stream-arn ${STREAM.arn} --reader ${reader}`;
  const expected = {
    version: 1,
    passed: false,
    checks: [
      {
        id: 'list-shards',
        asserts: "can list the stream's shards",
        status: 'passed',
        fixedBy: 'both',
        message: '1 shards',
        remedy: null,
        statements: [],
      },
      {
        id: 'get-records',
        asserts: 'can read the stream',
        status: 'failed',
        fixedBy: 'stream owner',
        message: denied('kinesis:GetRecords', because).message,
        remedy: [
          // Nobody was asked for the path that the session's ARN has lost.
          `The path of the role orders-reader is unknown: STS does not report it (iam:GetRole was not called). ${reader} is right only if the role has no path, such as service-role/. Look it up with \`aws iam get-role --role-name orders-reader --query Role.Arn --output text\`, and give --reader with the ARN.`,
          `The stream owner adds to the stream's policy (${STREAM.arn}):`,
          JSON.stringify(statement, undefined, 2),
          'The stream owner applies it with:',
          command,
          `If this statement is in force already, a condition in it does not hold, or it names another ARN than that of the role with its path: ${command.replace(' apply ', ' diff ')}`,
        ].join('\n'),
        statements: [{ side: 'stream owner', policy: 'stream', attachedTo: STREAM.arn, statement, command }],
      },
    ],
  };
  expect(render(found, 'json')).toBe(`${JSON.stringify(expected, undefined, 2)}\n`);
});

test('JSON names the stream where several are checked', async () => {
  const streams = [{ stream: STREAM }, { stream: { ...STREAM, arn: `${STREAM.arn}2` } }];
  const found = await preflight(stubRequest({}, { streams }), { only: ['credentials', 'list-shards'] });

  const { checks } = JSON.parse(render(found, 'json')) as PreflightReport;
  expect(checks.map(({ id, stream }) => [id, stream])).toEqual([
    ['credentials', undefined],
    ['list-shards', STREAM.arn],
    ['list-shards', `${STREAM.arn}2`],
  ]);
  expect(render(found)).toMatch(/credentials.*\/orders\n.*list-shards.*\/orders2\n.*list-shards/s);
});

test('what did not pass is told of below the table, with its remedy and who must fix it', () => {
  const text = render(
    report(
      check('read', 'passed'),
      check('list', 'failed', { fixedBy: 'stream owner', remedy: 'Do this:\n{\n  "a": 1\n}' }),
      check('look', 'warning'),
      check('key', 'skipped'),
      check('reach', 'error'),
    ),
  );

  expect(text).toMatch(/│ passed +│ read +│ can read: about read +│/);
  expect(text).toMatch(/│ failed +│ list +│ can list: see below +│/);
  expect(text).toContain(
    '\n\nlist, failed: can list; to be fixed by the stream\'s owner\n  about list\n  Do this:\n  {\n    "a": 1\n  }\n',
  );
  expect(text).toContain('\n\nlook, warning: can look\n  about look\n');
  expect(text).toContain('\n\nreach, error: can reach\n  about reach\n');
  expect(text).not.toContain('\n\nkey');
  expect(text).toMatch(
    /\n\n5 checks: 1 passed, 1 with a warning, 1 failed, 1 could not be told, 1 skipped\n$/,
  );
});

test('it is as wide as the terminal, and keeps what a proxy may have written from being obeyed', () => {
  const message = `\x1b[2J${'word '.repeat(60)}\r\nline`;
  const text = render(
    report(check('read', 'passed', { message }), check('list', 'failed', { message })),
    'text',
    80,
  );

  const table = text.split('\n').filter((line) => /^[┌│└]/.test(line));
  expect(table.map((line) => line.length)).toEqual(table.map(() => 80));
  expect(text).toContain('\\u001b[2Jword');
  expect(text).toContain('\\u000d\\u000aline');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: just these are looked for
  expect(text).not.toMatch(/[\x1b\r]/);
});

test('an ARN that is longer than the column is shown whole', () => {
  const arn = `arn:aws:kinesis:us-east-1:111111111111:stream/${'a-long-name-'.repeat(8)}end`;
  const text = render(report(check('read', 'passed', { message: `of ${arn}` })), 'text', 60);

  const column = text.split('\n').flatMap((line) => /^│.*│.*│ (.*?) *│$/.exec(line)?.[1] ?? []);
  expect(column.join('')).toContain(arn);
});

test('colours are for terminals', () => {
  const of = report(check('read', 'passed'));

  expect(renderPreflight(of, 'text', { columns: 110, colors: true })).toContain('\x1b[32mpassed');
});

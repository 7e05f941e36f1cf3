import { spawnSync } from 'node:child_process';
import { parseConsumerArn, parseStreamArn } from '../../src/aws/arn.js';
import { parseReaderArn } from '../../src/aws/reader-arn.js';
import { PARTS } from '../../src/cli/policy-options.js';
import { PolicyError } from '../../src/errors/errors.js';
import { grantRead } from '../../src/policy/grants.js';
import type { ReadRequest } from '../../src/policy/read-request.js';
import { hclText, terraformConfiguration } from '../../src/policy/terraform.js';
import { listOf } from '../../src/policy/types.js';
import { CONSUMER, grantsOf, KCL, KEY, LAMBDA, QUEUE, READER, STREAM } from './helpers/requests.js';

const ALL = { ...KCL, consumer: CONSUMER, key: KEY, failureQueue: QUEUE };
const ODD_STREAM = parseStreamArn(`${STREAM.arn}.2_-x`);
const ODD: ReadRequest = {
  ...LAMBDA,
  stream: ODD_STREAM,
  // biome-ignore lint/suspicious/noTemplateCurlyInString: IAM allows every visible character in a path
  reader: parseReaderArn('arn:aws:iam::222222222222:user/"${a}$${b}%{c}\\n\'`/-reader'),
  consumer: parseConsumerArn(`${ODD_STREAM.arn}/consumer/-c.1:1700000000`),
  key: KEY,
};
const printed = (request: ReadRequest) => terraformConfiguration(request, grantRead(request));
const hasTerraform = spawnSync('terraform', ['version']).status === 0;

/** The blocks that begin with the line, without that line and the last one. */
const blocks = (text: string, head: string) =>
  text
    .split(`${head} {\n`)
    .slice(1)
    .map((rest) => rest.split('\n}')[0] ?? '');

test('each policy has its document, and what it is attached to', () => {
  const text = printed(ALL);
  const { streamPolicy, consumerPolicy, keyPolicyStatement } = grantRead(ALL);
  const [stream, consumer] = [streamPolicy.Statement[0].Sid, consumerPolicy?.Statement[0].Sid];

  expect([...text.matchAll(/^(?:data|resource) .*(?= \{)/gm)].map(([line]) => line)).toEqual([
    `data "aws_iam_policy_document" "${stream}"`,
    'data "aws_iam_policy_document" "stream_orders"',
    'resource "aws_kinesis_resource_policy" "stream_orders"',
    `data "aws_iam_policy_document" "${consumer}"`,
    'data "aws_iam_policy_document" "consumer_reader"',
    'resource "aws_kinesis_resource_policy" "consumer_reader"',
    `data "aws_iam_policy_document" "${keyPolicyStatement?.Sid}"`,
    expect.stringMatching(/^data "aws_iam_policy_document" "cross-account-kcl-ReadStreamFor\w+"$/),
    expect.stringMatching(/^resource "aws_iam_policy" "cross-account-kcl-/),
    expect.stringMatching(/^resource "aws_iam_role_policy_attachment" "cross-account-kcl-/),
  ]);
  expect(blocks(text, 'resource "aws_kinesis_resource_policy" "stream_orders"')).toEqual([
    `  resource_arn = "${STREAM.arn}"\n  policy       = data.aws_iam_policy_document.stream_orders.json`,
  ]);
  expect(text).toContain(`terraform import aws_kinesis_resource_policy.stream_orders ${STREAM.arn}\n`);
  expect(text).toMatch(/aws_iam_role_policy_attachment" "[\w-]+" \{\n {2}role {7}= "orders-reader"\n/);
});

test.each([
  ['KCL', ALL],
  ['names of any form', ODD],
])('all statements are in it, with everything that they have: %s', (_what, request) => {
  const text = printed(request);
  const { streamPolicy, consumerPolicy, keyPolicyStatement, readerPolicy } = grantRead(request);
  const statements = [
    ...streamPolicy.Statement,
    ...(consumerPolicy?.Statement ?? []),
    ...(keyPolicyStatement ? [keyPolicyStatement] : []),
    ...readerPolicy.Statement,
  ];
  const printedStatements = text.split('  statement {\n').slice(1);

  expect(printedStatements).toHaveLength(statements.length);
  for (const [index, { Sid = '', Action, Resource, Principal, Condition }] of statements.entries()) {
    const conditions = Object.entries(Condition ?? {}).flatMap(([operator, keys]) =>
      Object.entries(keys).flatMap(([key, values]) => [operator, key, ...listOf(values).map(String)]),
    );
    const names = Principal === undefined ? [] : Object.entries(Principal).flat(2).map(String);
    const texts = [Sid, 'Allow', ...listOf(Action), ...listOf(Resource), ...names, ...conditions];
    const [literals = ''] = (printedStatements[index] ?? '').split('\n  }\n');
    expect(literals.match(/"(?:[^"\\]|\\.)*"/g)).toEqual(texts.map(hclText));
  }
});

test.each(PARTS)('the part %s can be had by itself', (part) => {
  expect(terraformConfiguration(ALL, grantsOf(part, ALL)).match(/^# Account/gm)).toHaveLength(1);
});

test('a reader whose path Terraform would take for a variable is refused', () => {
  const reader = parseReaderArn('arn:aws:iam::222222222222:role/&{a}/reader');

  expect(() => printed({ ...KCL, reader })).toThrow(PolicyError);
});

test('a user has its own kind of attachment', () => {
  const reader = { ...READER, kind: 'user' as const };

  expect(printed({ ...KCL, reader })).toMatch(/aws_iam_user_policy_attachment" "[\w-]+" \{\n {2}user /);
});

(hasTerraform ? test : test.skip).each([
  ['KCL', ALL],
  ['names of any form', ODD],
])('terraform fmt takes it, and would change nothing (skipped without terraform): %s', (_what, request) => {
  const { status, stdout, stderr } = spawnSync('terraform', ['fmt', '-diff', '-'], {
    input: printed(request),
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
  });

  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
});

import { PolicyError } from '../errors/errors.js';
import { shellCommand } from '../errors/shell-command.js';
import { conditionEntries } from './condition-entries.js';
import type { ReadGrants } from './grants.js';
import type { ReadRequest } from './read-request.js';
import { readerPolicyName } from './sids.js';
import { listOf, type Statement } from './types.js';

/**
 * The policies for Terraform's AWS provider, to be copied into the configuration of the account that each is for.
 *
 * @throws PolicyError for a reader that Terraform can't name
 */
export function terraformConfiguration(request: ReadRequest, grants: Partial<ReadGrants>): string {
  const { stream, consumer, key, reader } = request;
  const { streamPolicy, consumerPolicy, keyPolicyStatement, readerPolicy } = grants;
  if (reader.arn.includes('&{')) {
    throw new PolicyError(`the reader ${reader.arn} can't stand in an aws_iam_policy_document`, {
      remedy:
        "Terraform reads '&{' there as the beginning of a policy variable. Use --output json and jsonencode.",
    });
  }
  const parts = [
    streamPolicy && [
      `# Account ${stream.account}: the stream ${stream.arn}`,
      ...resourcePolicy(`stream_${stream.streamName}`, stream.arn, streamPolicy.Statement[0]),
    ],
    consumer &&
      consumerPolicy && [
        `# Account ${stream.account}: the consumer ${consumer.arn}`,
        ...resourcePolicy(`consumer_${consumer.consumerName}`, consumer.arn, consumerPolicy.Statement[0]),
      ],
    key &&
      keyPolicyStatement && [
        `# Account ${key.account}: the key ${key.arn}`,
        '# Add this statement to the source_policy_documents of the document that the aws_kms_key_policy of the key',
        '# has, or the policy of its aws_kms_key:',
        `#   ${json(keyPolicyStatement)}`,
        statementDocument(keyPolicyStatement),
      ],
    readerPolicy && [
      `# Account ${reader.account}: the reader ${reader.arn}`,
      ...attached(request, readerPolicy.Statement),
    ],
  ];
  return `${parts.flatMap((lines) => (lines ? [lines.join('\n')] : [])).join('\n\n')}\n`;
}

function resourcePolicy(name: string, arn: string, statement: Statement): string[] {
  const label = labelOf(name);
  const existing = shellCommand([...['terraform', 'import', `aws_kinesis_resource_policy.${label}`, arn]]);
  return [
    statementDocument(statement),
    '',
    '# The whole policy: Terraform removes what is not in this document. If there is a policy already, first add its',
    '# statements here, and import it:',
    `#   ${existing}`,
    hclBlock(`data "aws_iam_policy_document" "${label}"`, {
      source_policy_documents: `[\n  ${json(statement)},\n  # the documents of all others\n]`,
    }),
    '',
    hclBlock(`resource "aws_kinesis_resource_policy" "${label}"`, {
      resource_arn: hclText(arn),
      policy: `data.aws_iam_policy_document.${label}.json`,
    }),
  ];
}

function attached(request: ReadRequest, statements: readonly Statement[]): string[] {
  const { kind, name } = request.reader;
  const policyName = readerPolicyName(request);
  const label = labelOf(policyName);
  return [
    hclBlock(`data "aws_iam_policy_document" "${label}"`, ...statements.map(statementBlock)),
    '',
    hclBlock(`resource "aws_iam_policy" "${label}"`, {
      name: hclText(policyName),
      policy: `data.aws_iam_policy_document.${label}.json`,
    }),
    '',
    hclBlock(`resource "aws_iam_${kind}_policy_attachment" "${label}"`, {
      [kind]: hclText(name),
      policy_arn: `aws_iam_policy.${label}.arn`,
    }),
  ];
}

const statementDocument = (statement: Statement) =>
  hclBlock(`data "aws_iam_policy_document" "${statement.Sid}"`, statementBlock(statement));

const json = ({ Sid }: Statement) => `data.aws_iam_policy_document.${Sid}.json`;

function statementBlock({ Sid, Effect, Principal, Action, Resource, Condition }: Statement): string {
  const principals = Object.entries(typeof Principal === 'object' ? Principal : {});
  return hclBlock(
    'statement',
    {
      ...(Sid !== undefined && { sid: hclText(Sid) }),
      effect: hclText(Effect),
      actions: hclList(listOf(Action)),
      resources: hclList(listOf(Resource)),
    },
    ...principals.map(([type, names]) =>
      hclBlock('principals', { type: hclText(type), identifiers: hclList(listOf(names)) }),
    ),
    ...conditionEntries(Condition).map(({ operator, key, values }) =>
      hclBlock('condition', {
        test: hclText(operator),
        variable: hclText(key),
        values: hclList(listOf(values).map(String)),
      }),
    ),
  );
}

/** A name of Terraform has letters, digits, `_` and `-`, and begins with none of the last three. */
function labelOf(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_-]/g, '_');
}

/** Terraform's language, as far as policies need it. */

/** A text as a literal. What would begin an interpolation is written by its code: `$${` is read otherwise behind a `$`. */
export function hclText(text: string): string {
  return JSON.stringify(text).replaceAll('${', '\\u0024{').replaceAll('%{', '\\u0025{');
}

/** A list of texts; a longer one has a line for each. */
export function hclList(texts: readonly string[]): string {
  const items = texts.map(hclText);
  if (items.length <= 1) return `[${items.join('')}]`;
  return `[\n${indented(items.map((item) => `${item},`))}\n]`;
}

/** A block with its arguments and inner blocks. */
export function hclBlock(
  head: string,
  ...groups: readonly (Readonly<Record<string, string>> | string)[]
): string {
  const body = groups.map((group) => (typeof group === 'string' ? group : assignments(group)));
  return `${head} {\n${indented(body.join('\n\n').split('\n'))}\n}`;
}

/** `terraform fmt` aligns the equals signs of neighbours that take one line each. */
function assignments(values: Readonly<Record<string, string>>): string {
  const entries = Object.entries(values);
  const isLong = ([, value]: [string, string]) => value.includes('\n');
  const lines = entries.map((entry, index) => {
    const [name, value] = entry;
    if (isLong(entry)) return `${name} = ${value}`;
    const begin = entries.slice(0, index).findLastIndex(isLong) + 1;
    const end = entries.findIndex((other, at) => at > index && isLong(other));
    const neighbours = entries.slice(begin, end < 0 ? undefined : end);
    return `${name.padEnd(Math.max(...neighbours.map(([other]) => other.length)))} = ${value}`;
  });
  return lines.join('\n');
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => (line === '' ? '' : `  ${line}`)).join('\n');
}

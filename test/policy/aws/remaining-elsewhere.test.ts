import {
  GetResourcePolicyCommand,
  type KinesisClient,
  ListStreamConsumersCommand,
} from '@aws-sdk/client-kinesis';
import { parseConsumerArn } from '../../../src/aws/arn.js';
import { parseReaderArn } from '../../../src/aws/reader-arn.js';
import { remainingElsewhere } from '../../../src/policy/aws/remaining-elsewhere.js';
import { KCL, READER, STREAM } from '../helpers/requests.js';

const arnOf = (name: string) => `${STREAM.arn}/consumer/${name}:1700000000`;
const allowing = (AWS: string, rest = {}) => ({
  Effect: 'Allow',
  Principal: { AWS },
  Action: 'kinesis:*',
  ...rest,
});
const textOf = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });

/** Kinesis with consumers in pages, and their policies. */
function kinesis(
  pages: readonly { name: string; status?: string }[][],
  policies: Readonly<Record<string, string>>,
): KinesisClient {
  const send = async (command: unknown) => {
    if (command instanceof ListStreamConsumersCommand) {
      const page = Number(command.input.NextToken ?? 0);
      const Consumers = pages[page]?.map(({ name, status = 'ACTIVE' }) => ({
        ConsumerARN: arnOf(name),
        ConsumerStatus: status,
      }));
      return { Consumers, ...(page + 1 < pages.length && { NextToken: String(page + 1) }) };
    }
    if (command instanceof GetResourcePolicyCommand) {
      const [, name = ''] = /consumer\/(.*):/.exec(command.input.ResourceARN ?? '') ?? [];
      return { Policy: policies[name] };
    }
    throw new Error('an unexpected call');
  };
  return { send } as unknown as KinesisClient;
}

test('the consumers of all pages that let the reader subscribe are named, and the given one is not', async () => {
  const pages = [
    [{ name: 'a' }, { name: 'given' }],
    [{ name: 'b' }, { name: 'c' }, { name: 'd', status: 'DELETING' }],
  ];
  const policies = {
    a: textOf(allowing(READER.account)),
    given: textOf(allowing(READER.arn)),
    b: textOf(allowing('333333333333')),
    c: textOf(allowing(READER.arn, { Action: 'kinesis:SubscribeToShard' })),
    d: textOf(allowing(READER.arn)),
  };
  const request = { ...KCL, consumer: parseConsumerArn(arnOf('given')) };

  const found = await remainingElsewhere(request, kinesis(pages, policies));

  const remove = (name: string) =>
    `cross-account-kcl policy remove --for kcl --stream-arn ${STREAM.arn} --reader ${READER.arn} --consumer-arn ${arnOf(name)} --only consumer`;
  expect(found).toEqual([
    `the policy of the consumer ${arnOf('a')} may still allow ${READER.arn} kinesis:DescribeStreamConsumer, kinesis:SubscribeToShard: ${remove('a')}`,
    `the policy of the consumer ${arnOf('c')} may still allow ${READER.arn} kinesis:SubscribeToShard: ${remove('c')}`,
  ]);
});

test('a consumer whose policy names the reader under another path is pointed at', async () => {
  const other = READER.arn.replace('role/', 'role/service-role/');

  const found = await remainingElsewhere(KCL, kinesis([[{ name: 'a' }]], { a: textOf(allowing(other)) }));

  expect(found).toEqual([expect.stringContaining(`consumer ${arnOf('a')} still names ${other}`)]);
});

test('a Deny in the policy of a consumer wins there too', async () => {
  const text = textOf(allowing(READER.account), { ...allowing(READER.arn), Effect: 'Deny' });

  expect(await remainingElsewhere(KCL, kinesis([[{ name: 'a' }]], { a: text }))).toEqual([]);
});

test('a policy that can not be used leaves it unknown, and the others are looked at', async () => {
  const found = await remainingElsewhere(
    KCL,
    kinesis([[{ name: 'a' }, { name: 'b' }]], { a: '{', b: textOf(allowing(READER.arn)) }),
  );

  expect(found).toEqual([
    expect.stringMatching(
      /consumer\/a:\S+ can't be used: it is not JSON .*; whether the reader may still subscribe is unknown/,
    ),
    expect.stringContaining(`the policy of the consumer ${arnOf('b')} may still allow`),
  ]);
});

test("a reader of the stream's own account may read by its IAM policy alone", async () => {
  const reader = parseReaderArn('arn:aws:iam::111111111111:role/orders-reader');

  expect(await remainingElsewhere({ ...KCL, reader }, kinesis([[]], {}))).toEqual([
    `the reader ${reader.arn} is in the stream's own account, where its IAM policy is enough to read: check that policy too`,
  ]);
});

import type { StreamEncryption } from '../policy/aws/stream-encryption.js';
import { moveCommands } from '../policy/commands.js';
import { entryText } from '../policy/condition-entries.js';
import type { ShareRequest } from '../policy/read-request.js';
import { conditionsOn } from '../policy/share-conditions.js';
import type { PolicyTarget } from '../policy/size.js';
import { listOf, type Statement } from '../policy/types.js';

type Request = Omit<ShareRequest, 'key'>;

/** Why the reader needs each of the actions, for who decides on them. */
const REASONS: Readonly<Record<string, string>> = {
  'kinesis:DescribeStream': "the stream's status and shards; AWS Lambda calls it",
  'kinesis:DescribeStreamSummary': "the stream's status, creation time and encryption",
  'kinesis:ListShards': 'the shards to read',
  'kinesis:GetShardIterator': 'a position in a shard',
  'kinesis:GetRecords': 'the records',
  'kinesis:DescribeStreamConsumer': "the consumer's status",
  'kinesis:SubscribeToShard': 'the records, by enhanced fan-out',
  'kms:Decrypt': 'decrypts the records, by way of Kinesis and for this stream only',
};

export function actionLines({ Action }: Statement): string[] {
  return listOf(Action).map((action) => `    ${action.padEnd(31)} ${REASONS[action] ?? ''}`.trimEnd());
}

/** What the statement is narrowed by. */
export function conditionLines(target: PolicyTarget, { conditions }: Request): string[] {
  const texts = conditionsOn(target, conditions).map((entry) => entryText(entry));
  return texts.length === 0 ? [] : [`    Only while ${texts.join(' and ')}.`];
}

/** What is known of the stream's encryption; what must be done first where its key can't be shared. */
export function encryptionLines(encryption: StreamEncryption, { stream, reader }: Request): string[] {
  switch (encryption.kind) {
    case 'none':
      return ['The stream is not encrypted, so there is no key to share.', ''];
    case 'customer-managed':
      return [];
    case 'unknown':
      return [
        'Whether the stream is encrypted is unknown to the sender:',
        `  ${encryption.failure?.message ?? `Kinesis names its key ${encryption.keyId}`}`,
        'With the AWS managed key (alias/aws/kinesis) it cannot be shared; move it to a customer managed key first.',
        '',
      ];
    case 'aws-managed': {
      const { create, move } = moveCommands(stream);
      return [
        'FIRST: the stream is encrypted with the AWS managed key (alias/aws/kinesis), which cannot be shared. Move it to a',
        'customer managed key:',
        `  ${create}`,
        '  In its policy allow kms:GenerateDataKey to your producers and kms:Decrypt to your own readers. Then:',
        `  ${move}`,
        `Records from before stay under the old key until they expire, in ${encryption.retentionHours} hours: ${reader.name} can't read them.`,
        '',
      ];
    }
  }
}

/** The same by hand. */
export function consoleLines({ stream, consumer }: Request, { kind }: StreamEncryption): string[] {
  return [
    'In the console instead:',
    `- Kinesis, Data streams, ${stream.streamName}, tab "Data stream sharing": edit the sharing policy as JSON and add the statement`,
    '  (what is between { and } in step 1) to its list "Statement". Where there is no policy yet, create it as',
    '  {"Version": "2012-10-17", "Statement": [ the statement ]}.',
    ...(consumer
      ? [`- The same for the consumer ${consumer.consumerName}, which has a policy of its own.`]
      : []),
    ...(kind !== 'none'
      ? [
          '- KMS, Customer managed keys, the key, Key policy, "Switch to policy view": add the statement for the key.',
        ]
      : []),
  ];
}

export function securityNotes({
  for: readerType,
  stream,
  reader,
  consumer,
  conditions = [],
}: Request): string[] {
  const expiry = conditions.find(({ name }) => name === 'expires')?.value;
  return [
    `- Who: one ${reader.kind}, by its ARN; no account, no wildcard. ${readerType === 'lambda' ? "Lambda calls with the function's role" : 'It calls by itself'}: no AWS service is let in, so`,
    '  aws:SourceAccount and aws:SourceArn (confused deputy) do not apply.',
    `- Both sides: account ${reader.account} must allow the same actions in the IAM policy of its ${reader.kind}, and decides who may use it.`,
    ...(expiry
      ? [`- Expiry: the access ends by itself at ${expiry}; aws:CurrentTime in each statement says so.`]
      : [
          '- Expiry: the access ends by itself with this in each statement (beside a Condition that is there already):',
          '  "Condition": {"DateLessThan": {"aws:CurrentTime": "2030-01-31T00:00:00Z"}}',
        ]),
    '- Audit: CloudTrail logs PutResourcePolicy and PutKeyPolicy in your account. GetRecords and',
    '  SubscribeToShard are data events: only a trail that selects AWS::Kinesis::Stream and AWS::Kinesis::StreamConsumer',
    '  logs them. KMS logs Decrypt in both accounts.',
    consumer
      ? '- Load: the consumer has 2 MB/s of each shard for itself. You pay for it, per shard hour and per GB.'
      : "- Load: it shares each shard's 2 MB/s and five GetRecords calls a second with your own readers.",
    `- Cost: the stream and what it bills for reads are of account ${stream.account}; AWS documents no split between accounts.`,
  ];
}

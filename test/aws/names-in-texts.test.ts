import { lookUp } from '../../src/aws/known-errors/known-errors.js';
import { AWS_TEXTS, type AwsText } from './fixtures/aws-texts.js';
import { namedError } from './helpers/named-error.js';

/** What the table's patterns look for, and what AWS's texts say of other errors. */
const WORDS = [
  ...['consumer', 'stream', 'shard', 'subscribe', 'subscription', 'table', 'key', 'role', 'user', 'alias'],
  ...['json', 'syntax', 'parsing', 'size', 'length', 'bytes', 'characters', 'too-large', 'missing', 'field'],
  ...['principal', 'principals', 'action', 'actions', 'resource', 'resources', 'statement', 'policy'],
  ...['invalid', 'unknown', 'expired', 'throttled', 'throttling', 'deny', 'denied', 'explicit', 'boundary'],
  ...['ciphertext', 'KMS', 'pending', 'import', 'deletion', 'DurationSeconds', 'AssumeRole', 'sts', 'root'],
];
/** As names are made: with the word at the beginning, in the middle and at the end. */
const NAMES = WORDS.flatMap((word) => [
  word,
  `${word}-events`,
  `the-${word}-reader`,
  `${word}s`,
  `max_${word}`,
]);

/** The names in the texts, in every place: of streams, consumers, tables, roles, queues and keys. */
const NAME = /\borders(-reader|-shared)?\b|\bworker\b|(?<=role\/)gone\b|be0efb5e-[\w-]+/g;
const errorOf = ({ name, text, status = 400 }: AwsText) =>
  namedError(name, text, status === 'none' ? undefined : status);
const named = AWS_TEXTS.filter(({ text }) => text.search(NAME) >= 0);

test.each(named.map((text) => [text.entry, text.text, text] as const))('%s: %s', (entry, _text, known) => {
  const others = NAMES.map((name) => known.text.replaceAll(NAME, name)).filter(
    (text) => lookUp(errorOf({ ...known, text }), known.action).id !== entry,
  );
  expect(others).toEqual([]);
});

test('most texts have a name', () => expect(named.length).toBeGreaterThan(40));

test.each([
  [
    'stream-missing',
    'ResourceNotFoundException',
    'Stream consumer-events under account 111111111111 not found.',
  ],
  ['stream-missing', 'ResourceNotFoundException', 'Stream sharded under account 111111111111 not found.'],
  [
    'shard-missing',
    'ResourceNotFoundException',
    'Shard shardId-000000000000 in stream consumer-events does not exist',
  ],
  ['in-use', 'ResourceInUseException', 'Consumer order-subscriber is not in ACTIVE status.'],
  ['in-use', 'ResourceInUseException', 'Stream subscriptions under account 111111111111 not ACTIVE'],
])('%s: %s: %s', (entry, name, text) => {
  expect(lookUp(namedError(name, text, 400), 'kinesis:GetRecords').id).toBe(entry);
});

const ROLES = ['json-reader', 'max-size', 'team/action/resource', `it's/a"quote"/json`, 'syntax.', 'length'];
test.each(ROLES)('the principal %s', (role) => {
  const arn = `arn:aws:iam::222222222222:role/${role}`;
  for (const text of [
    `Invalid principal in policy: "AWS":"${arn}"`,
    `Policy validation error: Invalid principal in policy: ${arn}`,
    `The principal ${arn} does not exist`,
    `Principal not found: ${arn}.`,
  ]) {
    for (const [action, name] of [
      ['kinesis:PutResourcePolicy', 'InvalidArgumentException'],
      ['kms:PutKeyPolicy', 'MalformedPolicyDocumentException'],
    ] as const) {
      expect(lookUp(namedError(name, text, 400), action).id).toBe('policy-principal');
    }
  }
});

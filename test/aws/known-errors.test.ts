import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CallSubject, explainCall } from '../../src/aws/call-error.js';
import { isNamed, KNOWN_ERRORS, type KnownErrorId, lookUp } from '../../src/aws/known-errors/known-errors.js';
import { failureOf } from '../../src/preflight/failure.js';
import { AWS_TEXTS, type AwsText } from './fixtures/aws-texts.js';
import { namedError } from './helpers/named-error.js';

const CONTEXT = 'Check the ARN.';
const subject = (action: string): CallSubject => ({
  failure: 'x',
  service: 'Kinesis',
  action,
  allowedBy: 'The owner',
  missing: { reason: 'it is missing', remedy: CONTEXT },
  endpointKey: 'kinesisEndpoint (KINESIS_ENDPOINT)',
});
const errorOf = ({ name, text, status = 400 }: AwsText) =>
  namedError(name, text, status === 'none' ? undefined : status);
const cases = AWS_TEXTS.map((text) => [`${text.action}: ${text.name}: ${text.text}`, text] as const);

describe.each(cases)('%s', (_title, text) => {
  const error = errorOf(text);
  const { kind, remedy: ofTable } = KNOWN_ERRORS[text.entry];

  test('has its own entry', () => {
    expect(lookUp(error, text.action).id).toBe(text.entry);
  });

  test('has the same remedy in every command', () => {
    const { remedy } = explainCall(error, subject(text.action));
    const verdict = failureOf(error, { action: text.action, resource: '*' });

    // What gives a permission, or where to look for what is missing, the caller knows.
    const inContext =
      text.entry === 'denied'
        ? `The owner must allow ${text.action}.`
        : kind === 'missing'
          ? CONTEXT
          : ofTable;
    expect(remedy).toContain(inContext);
    if (kind === 'denied' || kind === 'barred') expect(verdict.denied).toBeDefined();
    else expect(verdict.remedy).toBe(ofTable);
  });

  test("keeps AWS's text", () => {
    if (kind === 'missing') return;
    expect(explainCall(error, subject(text.action)).message).toContain(text.text);
    if (text.entry === 'no-answer') return;
    expect(failureOf(error, { action: text.action, resource: '*' }).message).toContain(text.text);
  });
});

test('every entry has a text that leads to it', () => {
  const covered = new Set(AWS_TEXTS.map(({ entry }) => entry));
  const ours: KnownErrorId[] = ['sts-unreachable'];
  const ids = Object.keys(KNOWN_ERRORS) as KnownErrorId[];
  expect(ids.filter((id) => !covered.has(id))).toEqual(ours);
});

test('a denial of the key asks for the key, and not for the call that was made', () => {
  const text = 'The ciphertext refers to a customer master key that does not exist, …';
  const { denied } = failureOf(namedError('KMSAccessDeniedException', text, 400), {
    action: 'kinesis:GetRecords',
    resource: 'arn:aws:kinesis:us-east-1:111111111111:stream/orders',
  });
  expect(denied).toMatchObject({ action: 'kms:Decrypt', resource: '*' });
});

const KEY = 'arn:aws:kms:us-east-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const ON_STREAM = {
  action: 'kinesis:SubscribeToShard',
  resource: 'arn:aws:kinesis:us-east-1:111111111111:stream/orders',
};
test.each([
  ['a Deny', ` on resource: ${KEY} with an explicit deny in a resource-based policy`, KEY],
  ['a boundary', ` on resource: ${KEY} because no permissions boundary allows the kms:Decrypt action`, KEY],
  ['a sentence', ` on resource: ${KEY}.`, KEY],
  [
    'no ARN',
    ' on the resource associated with this ciphertext because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access',
    '*',
  ],
])('the call that is denied is the one that AWS names: %s', (_what, why, resource) => {
  const who =
    'User: arn:aws:sts::222222222222:assumed-role/orders-reader/worker is not authorized to perform: kms:Decrypt';
  const { denied } = failureOf(namedError('KMSAccessDeniedException', `${who}${why}`, 400), ON_STREAM);
  expect(denied).toMatchObject({ action: 'kms:Decrypt', resource });
});

test.each([
  ['KMSAccessDeniedException', 'with an explicit deny', { action: 'kms:Decrypt', resource: '*' }],
  [
    'AccessDeniedException',
    'User: x is not authorized to perform: kinesis:subscribetoshard on resource: y',
    ON_STREAM,
  ],
  ['AccessDeniedException', 'Access denied', ON_STREAM],
])('%s: %s', (name, text, expected) => {
  expect(failureOf(namedError(name, text, 400), ON_STREAM).denied).toMatchObject(expected);
});

test('an id that is in no table is told with its service', () => {
  expect(
    explainCall(namedError('SomethingNewException', 'x', 400), subject('kinesis:GetRecords')).remedy,
  ).toBe(KNOWN_ERRORS.unknown.remedy);
});

/** Names of AWS's errors outside of the table, each with the reason why it may be there. */
const ELSEWHERE: Record<string, readonly string[]> = {
  // What shows that a call which changes nothing is allowed: an answer, and no failure.
  'preflight/checks/item-calls.ts': ['ConditionalCheckFailedException', 'TransactionCanceledException'],
  'preflight/checks/decrypt.ts': ['DryRunOperationException', 'InvalidCiphertextException'],
  'preflight/decrypt-dry-run.ts': ['DryRunOperationException', 'InvalidCiphertextException'],
  // Typed errors of the SDK, beside the call that they are of.
  'preflight/checks/former-tables.ts': ['ResourceNotFoundException'],
  'preflight/checks/lease-table.ts': ['ResourceNotFoundException', 'ResourceInUseException'],
  'leases/checkpoint-position.ts': ['ResourceNotFoundException', 'InvalidArgumentException'],
  // Of IAM Identity Center, in the text of the SDK's own error.
  'aws/credentials-failure.ts': ['UnauthorizedException', 'ForbiddenException'],
  // In a query of CloudTrail.
  'preflight/denial-causes-policies.ts': ['AccessDenied'],
  // Of KCL's frames, in Java.
  'delivery/processor-handler.ts': ['IllegalArgumentException'],
  'delivery/position.ts': ['IllegalArgumentException', 'ShutdownException'],
  // Node's event.
  'worker/multilang/child.ts': ['uncaughtException'],
  'worker/escaped-errors.ts': ['uncaughtException'],
};
const NAME =
  /(?:['"`/^]|instanceof )([A-Z]\w*(?:Exception|Denied|Throttled|Throttling|Exceeded|Expired|NotFound|DoesNotExist|InternalFailure)|NoSuchEntity)\b/g;

test('no other file has a list of its own of the names of AWS’s errors', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.startsWith(join('aws', 'known-errors')),
  );
  const found = files.flatMap((file) => {
    const names = [...readFileSync(join('src', file), 'utf8').matchAll(NAME)].map(([, name = '']) => name);
    const own = names.filter((name) => !ELSEWHERE[file]?.includes(name));
    return own.length === 0 ? [] : [`${file}: ${own.join(', ')}`];
  });
  expect(found).toEqual([]);
});

describe("the launcher's lists, in Java, agree with the table", () => {
  const codesOf = (file: string, list: RegExp) => {
    const source = readFileSync(`launcher/src/main/java/crossaccountkcl/aws/${file}.java`, 'utf8');
    return [...(list.exec(source)?.[1] ?? '').matchAll(/"(\w+)"/g)].map(([, code = '']) => code);
  };

  test('of what is wrong with the credentials', () => {
    const codes = codesOf('AwsFailure', /CREDENTIALS = Set\.of\((.*?)\);/s);
    expect(codes.length).toBeGreaterThan(8);
    for (const code of codes)
      expect(lookUp(namedError(code, '', 403), 'kinesis:GetRecords').kind).toBe('credentials');
  });

  test('of the keys that are asked for anew', () => {
    const codes = codesOf('RefusedKeys', /Set\.of\((.*?)\);/s);
    expect(codes.length).toBe(4);
    for (const code of codes)
      expect(isNamed({ name: code }, 'expired-credentials', 'unknown-credentials')).toBe(true);
  });
});

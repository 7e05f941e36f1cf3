import { parseReaderArn } from '../../../src/aws/reader-arn.js';
import { preflight } from '../../../src/preflight/preflight.js';
import { explainTrouble } from '../../../src/preflight/report-text.js';
import { STREAM, stubRequest } from '../helpers/stub-request.js';

const READER = parseReaderArn('arn:aws:iam::222222222222:role/orders-reader');
const ID = 'key/1234abcd-12ab-34cd-56ef-1234567890ab';
const OWN = `arn:aws:kms:us-east-1:${STREAM.account}:${ID}`;
const THIRD = `arn:aws:kms:us-east-1:333333333333:${ID}`;
const CIPHERTEXT =
  'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.';
const WHO =
  'User: arn:aws:sts::222222222222:assumed-role/orders-reader/worker is not authorized to perform: kms:Decrypt';
const named = (name: string, message: string) => Object.assign(new Error(message), { name });
const directly = (because: string) => named('AccessDeniedException', `${WHO} on resource: ${OWN} ${because}`);
const DRY_RUN = named('DryRunOperationException', 'The request would have succeeded');

/** A stream under this key, whose record Kinesis can't decrypt for the reader. */
async function refused(
  KeyId: string,
  answers: object = {},
  error = named('KMSAccessDeniedException', CIPHERTEXT),
) {
  const request = stubRequest(
    {
      DescribeStreamSummary: {
        StreamDescriptionSummary: {
          StreamARN: STREAM.arn,
          StreamStatus: 'ACTIVE',
          EncryptionType: 'KMS',
          KeyId,
        },
      },
      GetRecords: error,
      ...answers,
    },
    { reader: READER },
  );
  const { checks } = await preflight(request, { only: ['decrypt'] });
  const [check] = checks;
  if (check === undefined) throw new Error('no check');
  return { ...check, remedy: check.remedy ?? '', text: explainTrouble(check) };
}

test("KMS's text of a ciphertext gives no reason: everything is listed", async () => {
  const { status, fixedBy, statements, remedy, text } = await refused(OWN);

  expect({ status, fixedBy }).toEqual({ status: 'failed', fixedBy: 'both' });
  expect(statements.map(({ side }) => side)).toEqual(['stream owner', 'reader']);
  expect(remedy).toMatch(/^1\. A Deny in the key's policy/m);
  expect(remedy).toMatch(/An earlier key/);
  expect(remedy).not.toContain('VPC endpoint');
  expect(text).toContain('to be fixed by the owner or the reader');
});

test.each([
  [
    'that is allowed',
    DRY_RUN,
    /^A Decrypt that the reader calls by itself is allowed: a condition about the way by Kinesis/m,
  ],
  [
    'refused with a Deny that names no policy',
    directly('with an explicit deny'),
    /is refused with an explicit deny\. Unless/,
  ],
  [
    'refused by a policy with an ARN',
    directly(
      'with an explicit deny in a resource control policy: arn:aws:organizations::1:policy/o-a/resource_control_policy/p-b',
    ),
    /explicit deny in a resource control policy \(arn:aws:organizations::1:policy\/o-a\/resource_control_policy\/p-b\)/,
  ],
  [
    'that no session policy allows',
    directly('because no session policy allows the kms:Decrypt action'),
    /because no session policy allows it/,
  ],
])('a call of its own %s is evidence', async (_what, Decrypt, expected) => {
  const { remedy, statements } = await refused(OWN, { Decrypt });

  expect(remedy).toMatch(expected);
  expect(statements).toHaveLength(2);
});

test.each([
  ['the identity does not allow', directly('because no identity-based policy allows the kms:Decrypt action')],
  [
    "the key's policy does not allow",
    directly('because no resource-based policy allows the kms:Decrypt action'),
  ],
  [
    'an endpoint of KMS denies, by which Kinesis does not call',
    directly('with an explicit deny in a VPC endpoint policy'),
  ],
  ['gets no reason either', named('AccessDeniedException', CIPHERTEXT)],
  ['fails', named('TimeoutError', 'late')],
])('a call of its own that %s is none', async (_what, Decrypt) => {
  const { remedy } = await refused(OWN, { Decrypt });

  expect(remedy).not.toContain('A Decrypt that the reader calls by itself');
  expect(remedy).toMatch(/^1\. A Deny in the key's policy/m);
});

test('a Deny that the text of Kinesis itself names', async () => {
  const error = named('KMSAccessDeniedException', `${WHO} with an explicit deny in a resource-based policy`);
  const { fixedBy, statements, remedy } = await refused(THIRD, {}, error);

  expect({ fixedBy, statements }).toEqual({ fixedBy: 'key owner', statements: [] });
  expect(remedy).toContain("the key's owner, account 333333333333, must take kms:Decrypt out of it");
  expect(remedy).toContain(`aws kms get-key-policy --region us-east-1 --key-id ${THIRD}`);
  expect(remedy).not.toContain('policy diff');
});

test('the policy of a key of another account is not asked for', async () => {
  const GetKeyPolicy = {
    Policy: JSON.stringify({ Statement: [{ Effect: 'Deny', Principal: '*', Action: '*', Resource: '*' }] }),
  };

  expect((await refused(THIRD, { GetKeyPolicy })).remedy).not.toContain('denies kms:Decrypt');
});

test('a key of a third account by its alias: its owner is given the commands, with the ARN to be found first', async () => {
  const alias = 'arn:aws:kms:us-east-1:333333333333:alias/shared';
  const { statements, remedy } = await refused(alias);

  expect(statements[0]).toMatchObject({ side: 'key owner', policy: 'key', attachedTo: alias });
  const find = `aws kms describe-key --region us-east-1 --key-id ${alias} --query KeyMetadata.Arn --output text`;
  expect(statements[0]?.command).toContain(`\nKEY_ARN=$(${find})\n`);
  expect(statements[0]?.command).toContain('aws kms put-key-policy --region us-east-1 --key-id "$KEY_ARN"');
  expect(remedy).toContain("The key's owner, account 333333333333, adds to the key's policy");
});

test.each([
  ['KMSDisabledException', /account 333333333333, must enable it/],
  ['KMSInvalidStateException', /account 333333333333, must stop that/],
  ['KMSOptInRequired', /account 333333333333, must sign up for KMS/],
])("%s of a third account's key is its owner's", async (name, expected) => {
  const { fixedBy, remedy, statements } = await refused(THIRD, {}, named(name, 'x'));

  expect({ fixedBy, statements }).toEqual({ fixedBy: 'key owner', statements: [] });
  expect(remedy).toMatch(expected);
});

test('a record of a stream that is not encrypted any more: the key is unknown', async () => {
  const { statements, remedy } = await refused('', {
    DescribeStreamSummary: { StreamDescriptionSummary: { StreamARN: STREAM.arn, StreamStatus: 'ACTIVE' } },
  });

  expect(statements).toEqual([]);
  expect(remedy).toMatch(/^Any of several policies can deny it/m);
  expect(remedy).toContain("'<ARN of the key>'");
});

import { type CallSubject, explainCall } from '../../src/aws/call-error.js';
import { AccessError } from '../../src/errors/errors.js';
import { namedError } from './helpers/named-error.js';

const SUBJECT: CallSubject = {
  failure: "the stream orders can't be read",
  service: 'Kinesis',
  action: 'kinesis:DescribeStreamSummary',
  allowedBy: 'The owner',
  missing: { reason: 'there is no such stream', remedy: 'Check the ARN.' },
  endpointKey: 'kinesisEndpoint (KINESIS_ENDPOINT)',
};

const NEW_CREDENTIALS = 'Get new credentials; if they are right, check the clock of this machine.';

test.each([
  ['ResourceNotFoundException', 'there is no such stream', 'Check the ARN.'],
  ['AccessDeniedException', 'as AWS says', 'The owner must allow kinesis:DescribeStreamSummary.'],
  ['AccessDenied', 'as AWS says', 'The owner must allow kinesis:DescribeStreamSummary.'],
  ['ExpiredTokenException', 'the AWS credentials are not valid: as AWS says', NEW_CREDENTIALS],
  ['ExpiredToken', 'the AWS credentials are not valid: as AWS says', NEW_CREDENTIALS],
  ['UnrecognizedClientException', 'the AWS credentials are not valid: as AWS says', NEW_CREDENTIALS],
  ['InvalidSignatureException', 'the AWS credentials are not valid: as AWS says', NEW_CREDENTIALS],
  ['SignatureDoesNotMatch', 'the AWS credentials are not valid: as AWS says', NEW_CREDENTIALS],
  ['InvalidClientTokenId', 'the AWS credentials are not valid: as AWS says', NEW_CREDENTIALS],
  ['QueueDoesNotExist', 'there is no such stream', 'Check the ARN.'],
])('%s', (name, reason, remedy) => {
  const cause = namedError(name, 'as AWS says', 400);
  const error = explainCall(cause, SUBJECT);

  expect(error).toBeInstanceOf(AccessError);
  expect(error).toMatchObject({ message: `the stream orders can't be read: ${reason}`, remedy, cause });
});

test.each(['AccessDenied', 'AccessDeniedException'])(
  '%s of the role for the stream speaks of its trust policy, not of the stream',
  (name) => {
    const message = 'User: x is not authorized to perform: sts:AssumeRole on resource: y';
    const error = explainCall(namedError(name, message, 403), SUBJECT);

    expect(error.message).toBe(`the stream orders can't be read: ${message}`);
    expect(error.remedy).toMatch(
      /trust policy must allow .* external id .* IAM policy must allow sts:AssumeRole/,
    );
    expect(error.remedy).not.toContain('kinesis:');
  },
);

test('an STS that does not answer is not taken for Kinesis', () => {
  const { message, remedy } = explainCall(namedError('StsUnreachableError', 'STS is away'), SUBJECT);

  expect(message).toBe("the stream orders can't be read: STS is away");
  expect(remedy).toBe('Check the network and the region; AWS_ENDPOINT_URL_STS, if set, must be running.');
});

test('no credentials', () => {
  const error = explainCall(namedError('CredentialsProviderError', 'none found'), SUBJECT);

  expect(error.message).toBe("the stream orders can't be read: there are no AWS credentials (none found)");
  expect(error.remedy).toMatch(/^Set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/);
});

test.each([
  ['Error', 'connect ECONNREFUSED 127.0.0.1:1', 'connect ECONNREFUSED 127.0.0.1:1'],
  ['TimeoutError', 'it took too long', 'TimeoutError: it took too long'],
])('an endpoint that does not answer: %s', (name, text, shown) => {
  const { message, remedy } = explainCall(namedError(name, text), SUBJECT);

  expect(message).toBe(`the stream orders can't be read: Kinesis can't be reached (${shown})`);
  expect(remedy).toEqual(
    expect.stringMatching(
      /^Check the network, .* kinesisEndpoint \(KINESIS_ENDPOINT\), if set, must be running\.$/,
    ),
  );
});

test('an error without anything from AWS is taken for an endpoint that does not answer', () => {
  expect(explainCall(new Error('socket hang up'), SUBJECT).message).toBe(
    "the stream orders can't be read: Kinesis can't be reached (socket hang up)",
  );
});

test('a connection that failed at every address, of which Node has only the code', () => {
  const cause = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });

  expect(explainCall(cause, SUBJECT).message).toBe(
    "the stream orders can't be read: Kinesis can't be reached (ECONNREFUSED)",
  );
});

test('an answer of a login page is named as such', () => {
  const page = `Unexpected token '<', "<html>" is not valid JSON\n  Deserialization error: to see the raw response, …`;

  expect(explainCall(namedError('SyntaxError', page, 200), SUBJECT).message).toBe(
    `the stream orders can't be read: it was answered with something that AWS does not write (HTTP 200): Unexpected token '<', "<html>" is not valid JSON`,
  );
});

import { DescribeStreamSummaryCommand } from '@aws-sdk/client-kinesis';
import { explainCall } from '../../src/aws/call-error.js';
import { createKinesisClient, createStsClient } from '../../src/aws/clients.js';
import { credentialsCheck } from '../../src/preflight/checks/credentials.js';
import { environment } from '../aws/helpers/environment.js';
import { serve } from './helpers/local-server.js';
import { find } from './helpers/run.js';

environment(() => ({
  AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_ACCOUNT_ID: '222222222222',
}));

const INVALID = 'The security token included in the request is invalid.';
const ARN = 'arn:aws:sts::222222222222:assumed-role/orders-reader/worker';
const error = (code: string, text = INVALID) =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${text}</Message></Error></ErrorResponse>`;
const identity = `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>${ARN}</Arn><Account>222222222222</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`;

/** What the credentials check finds where STS answers so in each region; undefined: it closes the connection. */
async function found(region: string, answers: Record<string, [number, string] | undefined>) {
  const asked: string[] = [];
  const url = await serve((request, response) => {
    const [, there = ''] = /Credential=[^/]+\/\d+\/([^/]+)\//.exec(request.headers.authorization ?? '') ?? [];
    asked.push(there);
    const answer = answers[there];
    if (answer === undefined) return response.destroy();
    response.writeHead(answer[0], { 'content-type': 'text/xml' }).end(answer[1]);
  });
  process.env.AWS_ENDPOINT_URL_STS = url.origin;
  const finding = await find(credentialsCheck({ sts: createStsClient({ region }), owner: '111111111111' }));
  return { ...finding, asked };
}

const refused = (code = 'InvalidClientTokenId'): [number, string] => [403, error(code)];

test('credentials that another region knows: the region is not enabled', async () => {
  const { status, message, remedy } = await found('af-south-1', {
    'af-south-1': refused(),
    'us-east-1': [200, identity],
  });
  expect(status).toBe('failed');
  expect(message).toBe(
    `the region af-south-1 may not be enabled in account 222222222222, since STS knows these credentials in us-east-1, as ${ARN}: ${INVALID}`,
  );
  expect(remedy).toMatch(/^aws account get-region-opt-status --region-name af-south-1 .* enable-region /);
  expect(remedy).toContain('AWS_STS_REGIONAL_ENDPOINTS=regional');
  expect(`${message}${remedy}`).not.toMatch(/clock|new ones/);
});

test('credentials that no region knows are not valid', async () => {
  const { message, remedy } = await found('af-south-1', { 'af-south-1': refused(), 'us-east-1': refused() });
  expect(message).toBe(`the AWS credentials are not valid: ${INVALID}`);
  expect(remedy).not.toContain('region');
});

test('where the other region does not answer, both are named, the likelier one first', async () => {
  const { message, remedy } = await found('ap-east-2', { 'ap-east-2': refused(), 'us-east-1': undefined });
  expect(message).toBe(`the region ap-east-2 may not be enabled in account 222222222222: ${INVALID}`);
  expect(remedy).toMatch(/enable-region.*version 2.*Or the credentials are not valid: get new ones\.$/);
});

test.each(['eu-west-1', 'us-gov-west-1', 'cn-north-1'])(
  'in %s, which every account has, they are not valid, and nobody else is asked',
  async (region) => {
    const { message, asked } = await found(region, { [region]: refused() });
    expect(message).toBe(`the AWS credentials are not valid: ${INVALID}`);
    expect(new Set(asked)).toEqual(new Set([region]));
  },
);

test('STS says itself that the region is disabled', async () => {
  const { message, remedy } = await found('me-south-1', {
    'me-south-1': [403, error('RegionDisabledException', 'STS is not activated in this region')],
    'us-east-1': undefined,
  });
  expect(message).toBe(
    'the region me-south-1 is not enabled in account 222222222222: STS is not activated in this region',
  );
  expect(remedy).toMatch(/^aws account get-region-opt-status --region-name me-south-1 .* enable-region /);
  expect(remedy).not.toMatch(/get new ones|version 2/);
});

test('in a region that every account has, it is the endpoint of STS that is disabled', async () => {
  const { message, remedy } = await found('eu-west-1', {
    'eu-west-1': [403, error('RegionDisabledException', 'STS is not activated in this region')],
    'us-east-1': undefined,
  });
  expect(message).toBe(
    'the endpoint of STS in eu-west-1 is not active in account 222222222222: STS is not activated in this region',
  );
  expect(remedy).toContain('Account settings');
  expect(remedy).not.toMatch(/enable-region|get new ones|version 2/);
});

test.each([
  [
    'il-central-1',
    /^the stream can't be read: the region il-central-1 may not be enabled in account 222222222222: /,
  ],
  ['eu-west-1', /^the stream can't be read: the AWS credentials are not valid: /],
])('Kinesis in %s, at the start without preflight', async (region, message) => {
  const endpoint = await serve((_request, response) =>
    response
      .writeHead(400, { 'content-type': 'application/x-amz-json-1.1' })
      .end(JSON.stringify({ __type: 'UnrecognizedClientException', message: INVALID })),
  );
  const kinesis = createKinesisClient({ region, endpoint: endpoint.origin });
  const command = new DescribeStreamSummaryCommand({
    StreamARN: `arn:aws:kinesis:${region}:111111111111:stream/orders`,
  });
  const failure = await kinesis.send(command).catch((cause) =>
    explainCall(cause, {
      failure: "the stream can't be read",
      service: 'Kinesis',
      action: 'kinesis:DescribeStreamSummary',
      allowedBy: 'The owner',
      missing: { reason: '', remedy: '' },
      endpointKey: 'KINESIS_ENDPOINT',
    }),
  );
  expect((failure as Error).message).toMatch(message);
});

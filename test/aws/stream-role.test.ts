import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jest } from '@jest/globals';
import { createStream, type Lab, startLab } from '../../lab/lab.js';
import { parseStreamArn } from '../../src/aws/arn.js';
import { createKinesisClient } from '../../src/aws/clients.js';
import { assumedRole, type StreamRole } from '../../src/aws/stream-role.js';
import { AccessError } from '../../src/errors/errors.js';
import { checkStream } from '../../src/leases/check-stream.js';
import { lookUp } from '../leases/helpers/look-up.js';
import { environment } from './helpers/environment.js';
import { noteAssumed, setStreamRole } from './helpers/roles.js';

const ROLE = 'arn:aws:iam::111111111111:role/stream-reader';
const OPEN = 'arn:aws:iam::111111111111:role/open';
const OF_OTHERS = 'arn:aws:iam::111111111111:role/of-others';
const REGION = 'us-east-1';

let lab: Lab;
let orders: string;
const assumed: string[] = [];
beforeAll(async () => {
  lab = await startLab(noteAssumed(assumed));
  setStreamRole(lab, ROLE, { trusts: lab.reader.id, externalId: 'secret' });
  setStreamRole(lab, OPEN, { trusts: lab.reader.id });
  setStreamRole(lab, OF_OTHERS, { trusts: '444444444444' });
  orders = await createStream(lab.owner, 'orders', 1);
});
afterAll(() => lab.stop());
beforeEach(() => {
  assumed.length = 0;
});
environment(() => ({ ...lab.reader.env, AWS_ENDPOINT_URL_STS: lab.gate.endpoint }));

/** Asks for the stream with the role, as `start` does. */
async function check(role: StreamRole) {
  const kinesis = createKinesisClient({ region: REGION, endpoint: lab.gate.endpoint, role });
  try {
    return await checkStream(lookUp(kinesis, parseStreamArn(orders)));
  } finally {
    kinesis.destroy();
  }
}

async function refusalOf(role: StreamRole): Promise<AccessError> {
  const error = await check(role).then(
    () => new Error('not refused'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AccessError);
  return error as AccessError;
}

/** An STS that gives this answer, or none. */
async function withSts<T>(answer: string | undefined, use: () => Promise<T>): Promise<T> {
  const server: Server = createServer((_request, response) => {
    if (answer !== undefined) response.writeHead(200, { 'content-type': 'text/xml' }).end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  process.env.AWS_ENDPOINT_URL_STS = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    return await use();
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('with its external id it is assumed, and its credentials are those of a session of it', async () => {
  const credentials = await assumedRole({ arn: ROLE, externalId: 'secret' }, REGION)();

  expect(credentials).toEqual({
    accessKeyId: expect.any(String),
    secretAccessKey: expect.any(String),
    sessionToken: expect.any(String),
    expiration: expect.any(Date),
  });
  const { caller } = lab.gate.identities.authenticate(credentials.accessKeyId, credentials.sessionToken);
  expect(caller).toMatchObject({ type: 'session', roleArn: ROLE });
  expect(assumed).toEqual([ROLE]);
});

test('without an external id none is sent', async () => {
  await assumedRole({ arn: OPEN }, REGION)();

  expect(assumed).toEqual([OPEN]);
});

test('the stream is read with it, and not without', async () => {
  const kinesis = createKinesisClient({ region: REGION, endpoint: lab.gate.endpoint });
  await expect(checkStream(lookUp(kinesis, parseStreamArn(orders)))).rejects.toThrow('not authorized');
  kinesis.destroy();

  expect(await check({ arn: ROLE, externalId: 'secret' })).toMatchObject({ status: 'ACTIVE' });
  expect(assumed).toEqual([ROLE]);
});

test('a client that calls again assumes it once', async () => {
  const role = { arn: OPEN };
  const kinesis = createKinesisClient({ region: REGION, endpoint: lab.gate.endpoint, role });
  for (let call = 0; call < 3; call++) await checkStream(lookUp(kinesis, parseStreamArn(orders)));
  kinesis.destroy();

  expect(assumed).toEqual([OPEN]);
});

test.each([
  ['without its external id', { arn: ROLE }],
  ['with another external id', { arn: ROLE, externalId: 'guess' }],
  ['that trusts another account', { arn: OF_OTHERS }],
  ['that does not exist', { arn: `${ROLE}-2` }],
])('a role %s is refused: AWS says sts:AssumeRole, and the remedy what to change', async (_what, role) => {
  const { message, remedy } = await refusalOf(role);

  expect(message).toBe(
    `the stream ${orders} can't be read: User: arn:aws:iam::222222222222:root is not authorized to ` +
      `perform: sts:AssumeRole on resource: ${role.arn}`,
  );
  expect(remedy).toMatch(/trust policy must allow .* external id .* IAM policy must allow sts:AssumeRole/);
  expect(assumed).toEqual([]);
});

test('without credentials to assume it with, these are what is missing', async () => {
  for (const name of Object.keys(lab.reader.env)) delete process.env[name];
  Object.assign(process.env, { AWS_EC2_METADATA_DISABLED: 'true', HOME: '/nonexistent' });

  expect((await refusalOf({ arn: OPEN })).message).toContain("can't be read: there are no AWS credentials");
});

test('an STS that is down is named, and not taken for Kinesis', async () => {
  process.env.AWS_ENDPOINT_URL_STS = 'http://127.0.0.1:1';
  const { message, remedy } = await refusalOf({ arn: OPEN });

  expect(message).toMatch(
    /can't be read: STS, which is asked for .*role\/open, can't be reached \(.*127\.0\.0\.1:1/,
  );
  expect(remedy).toContain('AWS_ENDPOINT_URL_STS');
});

test('an STS that does not answer is not waited for without end', async () => {
  const soon = new AbortController();
  jest.spyOn(AbortSignal, 'timeout').mockReturnValue(soon.signal);
  setTimeout(() => soon.abort(), 100);
  try {
    const { message } = await withSts(undefined, () => refusalOf({ arn: OPEN }));

    expect(message).toContain(
      "STS, which is asked for arn:aws:iam::111111111111:role/open, can't be reached",
    );
  } finally {
    jest.restoreAllMocks();
  }
});

test('an answer without credentials is an error that says so', async () => {
  const answer = '<AssumeRoleResponse><AssumeRoleResult></AssumeRoleResult></AssumeRoleResponse>';

  await withSts(answer, () =>
    expect(assumedRole({ arn: OPEN }, REGION)()).rejects.toThrow(
      `STS answered without credentials for ${OPEN}`,
    ),
  );
});

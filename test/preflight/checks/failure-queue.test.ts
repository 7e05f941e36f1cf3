import { SQSClient } from '@aws-sdk/client-sqs';
import type { LabQueue } from '../../../lab/gate/gate.js';
import { parseQueueArn } from '../../../src/aws/queue-arn.js';
import { parseQueueUrl } from '../../../src/aws/queue-url.js';
import { failureQueueCheck } from '../../../src/preflight/checks/failure-queue.js';
import type { CheckReport } from '../../../src/preflight/report.js';
import { without } from '../../matrix/helpers/removals.js';
import { READER } from '../../matrix/helpers/share.js';
import { ApplicationLab } from '../helpers/application-lab.js';
import { refusing, serve } from '../helpers/local-server.js';
import { find, given } from '../helpers/run.js';

const APPLICATION = 'orders-app';

describe('with the SQS of the lab', () => {
  let lab: ApplicationLab;
  let queue: LabQueue;
  beforeAll(async () => {
    lab = await ApplicationLab.open();
  });
  afterAll(() => lab.close());
  beforeEach(() => {
    queue = lab.share.lab.gate.queues.create(READER.account, lab.region, 'failed');
  });

  /** With the policy that `policy print --failure-queue` prints, without these actions on the queue. */
  async function check(...missing: string[]): Promise<CheckReport | undefined> {
    let grants = lab.share.grants(APPLICATION, parseQueueArn(queue.arn));
    for (const action of missing) {
      grants = without(grants, { policy: 'readerPolicy', statement: 'FailureQueue', action });
    }
    const report = await lab.check(
      grants,
      APPLICATION,
      {},
      {
        queue: parseQueueUrl(queue.url),
        only: ['failure-queue'],
      },
    );
    return report.checks.find(({ id }) => id === 'failure-queue');
  }

  test('with the printed policy it passes, and sends nothing', async () => {
    expect(await check()).toMatchObject({
      status: 'passed',
      message:
        'allowed, as far as it can be told without sending one; messages have at most 1048576 bytes, so records of more than about 786 kB are sent without their data',
    });
    expect(queue.messages).toEqual([]);
  });

  test('a right to send that is missing: the statement, which cures it', async () => {
    const denied = await check('sqs:SendMessage');

    expect(denied).toMatchObject({
      status: 'failed',
      fixedBy: 'reader',
      message: expect.stringContaining('because no identity-based policy allows the sqs:sendmessage action'),
      statements: [
        {
          side: 'reader',
          policy: 'reader',
          attachedTo: READER.arn,
          statement: {
            Sid: 'FailureQueue',
            Effect: 'Allow',
            Action: ['sqs:SendMessage', 'sqs:GetQueueAttributes'],
            Resource: queue.arn,
          },
        },
      ],
    });
    expect(denied?.remedy).toContain('aws iam put-role-policy');
  });

  test('attributes that may not be asked for are a warning, with the statement', async () => {
    expect(await check('sqs:GetQueueAttributes')).toMatchObject({
      status: 'warning',
      message: expect.stringContaining(`whether ${queue.url} exists is unknown: User: `),
      statements: [{ side: 'reader', statement: { Sid: 'FailureQueue' } }],
    });
  });

  test('a queue that is not there', async () => {
    lab.share.lab.gate.queues.delete(queue.arn);

    expect(await check()).toMatchObject({
      status: 'failed',
      fixedBy: 'reader',
      message: `there is no queue ${queue.url}`,
      remedy: 'Check failureQueueUrl, its region and account included, or create the queue.',
      statements: [],
    });
  });

  test('what the queue takes is told, and a key of its own', async () => {
    queue.maximumMessageSize = 262_144;
    queue.kmsMasterKeyId = 'alias/aws/sqs';
    expect(await check()).toMatchObject({
      status: 'passed',
      message: expect.stringContaining('at most 262144 bytes, so records of more than about 196 kB'),
    });

    queue.kmsMasterKeyId = 'alias/failed';
    expect(await check()).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('encrypted with the key alias/failed'),
      remedy: expect.stringContaining('kms:GenerateDataKey and kms:Decrypt'),
    });
  });

  describe("another account's queue", () => {
    beforeEach(() => {
      queue = lab.share.lab.gate.queues.create('333333333333', lab.region, 'failed');
    });

    test('lacks its own policy: the statement for that, and none for the reader', async () => {
      const denied = await check();
      expect(denied).toMatchObject({ status: 'failed', fixedBy: 'reader', statements: [] });
      const [title, ...statement] = denied?.remedy?.split('\n') ?? [];
      expect(title).toBe('Account 333333333333 adds to the policy of the queue:');

      queue.policy = JSON.stringify({
        Version: '2012-10-17',
        Statement: [JSON.parse(statement.join('\n'))],
      });
      expect(await check()).toMatchObject({ status: 'passed' });
    });

    test("lacks the reader's: the statement for that alone", async () => {
      queue.policy = JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { AWS: READER.arn }, Action: 'sqs:*', Resource: queue.arn },
        ],
      });

      const denied = await check('sqs:SendMessage', 'sqs:GetQueueAttributes');
      expect(denied).toMatchObject({ status: 'failed', statements: [{ side: 'reader' }] });
      expect(denied?.remedy).not.toContain('adds to the policy of the queue');
    });
  });

  test('is not made without a queue', async () => {
    const { checks } = await lab.check(lab.share.grants(APPLICATION), APPLICATION);

    expect(checks.map(({ id }) => id)).not.toContain('failure-queue');
  });
});

describe('an SQS that answers otherwise', () => {
  const identity = given({ account: READER.account, arn: READER.arn, reader: READER });
  async function checkAt(url: URL) {
    const sqs = new SQSClient({
      region: 'eu-west-1',
      endpoint: url.href,
      maxAttempts: 1,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    try {
      const queue = parseQueueUrl('https://sqs.eu-west-1.amazonaws.com/222222222222/failed');
      return await find(failureQueueCheck({ queue, region: 'eu-west-1', sqs }, identity));
    } finally {
      sqs.destroy();
    }
  }
  const answering = (status: number, name: string, message: string) =>
    serve((_request, response) =>
      response
        .writeHead(status, { 'content-type': 'application/x-amz-json-1.0' })
        .end(JSON.stringify({ __type: name, message })),
    );

  test.each<[string, () => Promise<URL>, string, RegExp]>([
    ['by refusing the connection', refusing, 'error', /could not be called: .*ECONNREFUSED/],
    [
      'by throttling',
      () => answering(400, 'RequestThrottled', 'slow down'),
      'error',
      /AWS throttles sqs:SendMessage: RequestThrottled: slow down/,
    ],
    [
      'by an expired token',
      () => answering(403, 'ExpiredTokenException', 'expired'),
      'failed',
      /the AWS credentials are not valid: expired/,
    ],
    [
      'by a denial without a reason',
      () => answering(403, 'AccessDeniedException', 'Access to the resource is denied.'),
      'failed',
      /^Access to the resource is denied\.$/,
    ],
    ['by an error of its own', () => answering(400, 'InvalidAddress', 'no'), 'error', /InvalidAddress: no/],
  ])('%s', async (_how, open, status, message) => {
    expect(await checkAt(await open())).toMatchObject({ status, message: expect.stringMatching(message) });
  });
});

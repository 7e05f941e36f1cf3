import { type KinesisClient, ResourceNotFoundException } from '@aws-sdk/client-kinesis';
import { parseConsumerArn, parseStreamArn } from '../../../src/aws/arn.js';
import { defineCheck, passed } from '../../../src/preflight/check.js';
import { consumerCheck } from '../../../src/preflight/checks/consumer.js';
import type { StreamTarget } from '../../../src/preflight/target.js';
import { namedError } from '../../aws/helpers/named-error.js';
import { lookUp } from '../../leases/helpers/look-up.js';

const STREAM = parseStreamArn('arn:aws:kinesis:eu-west-1:111122223333:stream/orders');
const CONSUMER = parseConsumerArn(`${STREAM.arn}/consumer/reader:1700000000`);
const identity = defineCheck({
  id: 'credentials',
  asserts: 'x',
  fixedBy: 'reader',
  needs: [],
  run: async () => passed('x', undefined),
});

async function denied(because: string) {
  return refused(
    namedError(
      'AccessDeniedException',
      `User: x is not authorized to perform: kinesis:DescribeStreamConsumer on resource: y ${because}`,
      400,
    ),
  );
}

async function refused(error: Error) {
  const kinesis = { send: () => Promise.reject(error) } as unknown as KinesisClient;
  const target = { kinesis, stream: STREAM, lookup: lookUp(kinesis, STREAM, CONSUMER) } as StreamTarget;
  return consumerCheck(target, CONSUMER, identity).run([undefined as never], new AbortController().signal);
}

test('a consumer that the owner does not let describe may have been deleted: both are said, and how the owner looks', async () => {
  for (const because of [
    'because no resource-based policy allows the kinesis:DescribeStreamConsumer action',
    '',
  ]) {
    const { remedy = '' } = (await denied(because)) as { remedy?: string };

    expect(remedy).toContain('or the consumer was deleted, and its policy with it');
    expect(remedy.split('\n')).toContain(
      `aws kinesis describe-stream-consumer --consumer-arn ${CONSUMER.arn} --region eu-west-1`,
    );
    expect(remedy.split('\n')).toContain(
      `aws kinesis list-stream-consumers --stream-arn ${STREAM.arn} --region eu-west-1`,
    );
  }
});

test("where the reader's own policy lacks it, nothing is said of a deletion", async () => {
  const verdict = await denied(
    'because no identity-based policy allows the kinesis:DescribeStreamConsumer action',
  );

  expect(verdict.status).toBe('failed');
  expect(verdict).not.toHaveProperty('remedy');
});

test('a consumer that was registered again: how the owner finds its new ARN, and no statement for the old one', async () => {
  const gone = new ResourceNotFoundException({
    message: `Consumer ${CONSUMER.arn} not found.`,
    $metadata: {},
  });

  const verdict = await refused(gone);

  expect(verdict).toMatchObject({
    status: 'failed',
    remedy: expect.stringMatching(
      /registered again has another ARN.*: aws kinesis list-stream-consumers --stream-arn \S+ --region eu-west-1$/,
    ),
  });
  expect(verdict).not.toHaveProperty('denied');
});

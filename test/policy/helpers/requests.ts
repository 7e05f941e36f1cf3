import { parseConsumerArn, parseStreamArn } from '../../../src/aws/arn.js';
import { parseKeyArn } from '../../../src/aws/key-arn.js';
import { parseQueueArn } from '../../../src/aws/queue-arn.js';
import { parseReaderArn } from '../../../src/aws/reader-arn.js';
import type { PARTS } from '../../../src/cli/policy-options.js';
import { grantRead, type ReadGrants } from '../../../src/policy/grants.js';
import type { KclRequest, LambdaRequest, ReadRequest } from '../../../src/policy/read-request.js';

export const STREAM = parseStreamArn('arn:aws:kinesis:eu-west-1:111111111111:stream/orders');
export const CONSUMER = parseConsumerArn(`${STREAM.arn}/consumer/reader:1700000000`);
export const KEY = parseKeyArn('arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab');
export const QUEUE = parseQueueArn('arn:aws:sqs:eu-west-1:222222222222:orders-failed');
export const READER = parseReaderArn('arn:aws:iam::222222222222:role/orders-reader');
export const OTHER = parseReaderArn('arn:aws:iam::333333333333:role/orders-reader');

export const KCL: KclRequest = { for: 'kcl', stream: STREAM, reader: READER, application: 'orders-app' };
export const LAMBDA: LambdaRequest = { for: 'lambda', stream: STREAM, reader: READER };

/** What `policy print --only` prints of a request. */
export function grantsOf(part: (typeof PARTS)[number], request: ReadRequest): Partial<ReadGrants> {
  const { streamPolicy, consumerPolicy, keyPolicyStatement, readerPolicy } = grantRead(request);
  return {
    stream: { streamPolicy },
    consumer: consumerPolicy ? { consumerPolicy } : {},
    key: keyPolicyStatement ? { keyPolicyStatement } : {},
    reader: { readerPolicy },
  }[part];
}

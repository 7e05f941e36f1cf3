import { ArnError } from '../../src/aws/arn.js';
import { parseQueueArn, toQueueArn } from '../../src/aws/queue-arn.js';

test.each([
  ['arn:aws:sqs:eu-west-1:222222222222:failed', 'aws', 'eu-west-1', 'failed'],
  ['arn:aws-cn:sqs:cn-north-1:222222222222:failed.fifo', 'aws-cn', 'cn-north-1', 'failed.fifo'],
])('%s is taken apart, and put together', (arn, partition, region, queueName) => {
  const parsed = { arn, partition, region, account: '222222222222', queueName };

  expect(parseQueueArn(arn)).toEqual(parsed);
  expect(toQueueArn({ region, account: '222222222222', queueName })).toEqual(parsed);
});

test.each([
  ['failed', "it does not have an ARN's six parts"],
  ['arn:aws:sns:eu-west-1:222222222222:failed', "the service is 'sns', not 'sqs'"],
  ['arn:aws:sqs:eu-west-1:222222222222:*', "the queue name '*' is not 1-80 of"],
  ['arn:aws:sqs:eu-west-1:222222222222:failed:x', "the queue name 'failed:x' is not 1-80 of"],
  ['arn:aws:sqs::222222222222:failed', "the region is ''"],
])('%s is refused: %s', (text, reason) => {
  expect(() => parseQueueArn(text)).toThrow(ArnError);
  expect(() => parseQueueArn(text)).toThrow(`'${text}' can't be used: ${reason}`);
});

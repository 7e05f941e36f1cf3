import { parseStreamArn } from '../../src/aws/arn.js';

export const STREAM = parseStreamArn('arn:aws:kinesis:eu-west-1:111122223333:stream/orders');

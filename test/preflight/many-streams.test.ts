import { parseStreamArn } from '../../src/aws/arn.js';
import { preflight } from '../../src/preflight/preflight.js';
import { stubRequest } from './helpers/stub-request.js';

/** "Quotas and Limits", Kinesis Data Streams Developer Guide: a second, and for all of an account. */
const LIMITS = { DescribeStreamSummary: 20, DescribeStream: 10 };

test('many streams are described no faster than Kinesis allows', async () => {
  const streams = Array.from({ length: 25 }, (_, index) => ({
    stream: parseStreamArn(`arn:aws:kinesis:us-east-1:111111111111:stream/orders-${index}`),
  }));
  const request = stubRequest({}, { streams });
  const calls: { name: string; at: number }[] = [];
  const { kinesis } = request.clients;
  const send = kinesis.send.bind(kinesis) as (command: object) => Promise<unknown>;
  kinesis.send = (async (command: object) => {
    calls.push({ name: command.constructor.name.replace(/Command$/, ''), at: performance.now() });
    return send(command);
  }) as typeof kinesis.send;

  await preflight(request, { skip: ['endpoints'] });

  const most = (name: string) => {
    const times = calls.filter((call) => call.name === name).map(({ at }) => at);
    return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length));
  };
  expect(calls.filter(({ name }) => name === 'DescribeStreamSummary')).toHaveLength(2 * streams.length);
  for (const [name, limit] of Object.entries(LIMITS)) expect(most(name)).toBeLessThanOrEqual(limit);
});

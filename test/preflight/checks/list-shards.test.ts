import { KinesisClient, type ListShardsCommandOutput } from '@aws-sdk/client-kinesis';
import { parseStreamArn } from '../../../src/aws/arn.js';
import { listShardsCheck } from '../../../src/preflight/checks/list-shards.js';
import type { StreamTarget } from '../../../src/preflight/target.js';
import { environment } from '../../aws/helpers/environment.js';
import { lookUp } from '../../leases/helpers/look-up.js';
import { find, given } from '../helpers/run.js';
import { denied } from '../helpers/stub-request.js';

environment(() => ({ AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' }));

const stream = parseStreamArn('arn:aws:kinesis:eu-west-1:111111111111:stream/orders');
const FIRST = '111111111111.control-kinesis.eu-west-1.amazonaws.com';
const SECOND = 'kinesis.eu-west-1.amazonaws.com';
const Shards = [{ ShardId: 'shardId-000000000000' }];

/** What is found, and the names that the SDK calls, where they answer so, one after the other. */
async function found(...answers: (object | Error)[]) {
  const called: string[] = [];
  const kinesis = new KinesisClient({
    region: 'eu-west-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  });
  kinesis.middlewareStack.add(
    () =>
      async ({ request }) => {
        called.push((request as { hostname: string }).hostname);
        const answer = answers[called.length - 1];
        if (answer === undefined || answer instanceof Error) throw answer ?? new Error('not answered here');
        return { response: {}, output: answer as ListShardsCommandOutput };
      },
    { step: 'build' },
  );
  const { status, message, remedy } = await find(
    listShardsCheck(
      { stream, kinesis, lookup: lookUp(kinesis, stream) } as unknown as StreamTarget,
      given('identity'),
    ),
  );
  kinesis.destroy();
  return { status, message, remedy, called };
}

test('one page calls the name with the owner in it', async () => {
  expect(await found({ Shards })).toMatchObject({ status: 'passed', message: '1 shards', called: [FIRST] });
});

test('where there are more pages, the name that has the second is called, and no more', async () => {
  expect(await found({ Shards, NextToken: 'x' }, { Shards, NextToken: 'y' })).toMatchObject({
    status: 'passed',
    message: '2 and more shards',
    called: [FIRST, SECOND],
  });
  expect(await found({ Shards, NextToken: 'x' }, { Shards })).toMatchObject({ message: '2 shards' });
});

test('a second page that can not be had names its host, and what it is needed for', async () => {
  const unknown = Object.assign(new Error(`getaddrinfo ENOTFOUND ${SECOND}`), { code: 'ENOTFOUND' });
  const { status, message, remedy } = await found({ Shards, NextToken: 'x' }, unknown);
  expect(status).toBe('error');
  expect(message).toBe(
    `the second page of the shards, from ${SECOND}: kinesis:ListShards could not be called: ${unknown.message}`,
  );
  expect(remedy).toContain(`streams of more than 1,000 shards need ${SECOND}`);
});

test('a second page that is refused is refused as the first is', async () => {
  const refused = denied('kinesis:ListShards');
  const first = await found(refused);
  const second = await found({ Shards, NextToken: 'x' }, refused);
  expect(second).toEqual({ ...first, called: [FIRST, SECOND] });
  expect(second.status).toBe('failed');
});

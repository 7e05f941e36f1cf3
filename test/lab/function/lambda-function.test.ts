import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LambdaFunction } from '../../../lab/function/lambda-function.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const folder = temporaryFolder();
let created: LambdaFunction | undefined;
afterEach(() => created?.delete());

function functionOf(source: string, timeoutMs = 60_000): LambdaFunction {
  const bundle = join(folder(), 'index.mjs');
  writeFileSync(bundle, source);
  created = new LambdaFunction({
    arn: 'arn:aws:lambda:us-east-1:222222222222:function:orders',
    roleArn: 'arn:aws:iam::222222222222:role/orders',
    bundle,
    env: { STREAM_ARN: 'from the environment' },
    timeoutMs,
  });
  return created;
}

test('an environment is loaded once, and invoked again and again', async () => {
  const lambda = functionOf(
    'let count = 0; console.log("loaded"); export const handler = async (event) => [event, ++count];',
  );

  expect((await lambda.invoke({ a: 1 })).response).toEqual([{ a: 1 }, 1]);
  expect((await lambda.invoke('x')).response).toEqual(['x', 2]);
  expect(lambda.log).toEqual(['loaded']);
  expect(lambda.coldStarts).toBe(1);
});

test('invocations at once have environments of their own', async () => {
  const lambda = functionOf('export const handler = async () => process.pid;');

  const [first, second] = await Promise.all([lambda.invoke({}), lambda.invoke({})]);

  expect(first?.response).not.toBe(second?.response);
  expect(lambda.coldStarts).toBe(2);
});

test('the handler is told of its request, and has the environment of the function alone', async () => {
  const lambda = functionOf(
    'export const handler = async (_, c) => [c.awsRequestId, c.getRemainingTimeInMillis() > 0, process.env.STREAM_ARN, process.env.HOME, process.env.AWS_LAMBDA_FUNCTION_NAME];',
  );

  const { requestId, response } = await lambda.invoke({});

  expect(response).toEqual([requestId, true, 'from the environment', null, 'orders']);
});

test('no answer is null', async () => {
  expect((await functionOf('export const handler = async () => {};').invoke({})).response).toBeNull();
});

test.each([
  ['throws', 'export const handler = async () => { throw new TypeError("boom"); };', 'TypeError', 'boom'],
  [
    'can not be loaded',
    'throw new Error("boom");',
    'Runtime.ExitError',
    'Runtime exited with error: exit status 1',
  ],
  [
    'ends its process',
    'export const handler = () => process.exit(7);',
    'Runtime.ExitError',
    'Runtime exited with error: exit status 7',
  ],
  [
    'answers too much',
    'export const handler = async () => "x".repeat(6 * 1024 * 1024);',
    'Function.ResponseSizeTooLarge',
    'Response payload size (6291458 bytes) exceeded maximum allowed payload size (6291456 bytes).',
  ],
])('a function that %s', async (_what, source, errorType, errorMessage) => {
  expect(await functionOf(source).invoke({})).toMatchObject({
    functionError: 'Unhandled',
    errorType,
    errorMessage,
  });
});

test('one that takes too long is ended, and begins anew', async () => {
  const lambda = functionOf(
    'export const handler = (event) => event.wait ? new Promise((r) => setTimeout(r, 1e8)) : 1;',
    1_500,
  );

  expect(await lambda.invoke({ wait: true })).toMatchObject({
    functionError: 'Unhandled',
    errorType: 'Sandbox.Timedout',
    errorMessage: 'Task timed out after 1.50 seconds',
  });
  expect((await lambda.invoke({})).response).toBe(1);
  expect(lambda.coldStarts).toBe(2);
});

test('between invocations an environment stands still', async () => {
  const lambda = functionOf(
    'let ticks = 0; setInterval(() => ticks++, 5); export const handler = async (event) => { await new Promise((r) => setTimeout(r, event.ms)); return ticks; };',
  );
  const before = (await lambda.invoke({ ms: 50 })).response as number;

  await new Promise((resolve) => setTimeout(resolve, 1_000));

  // Of the second that went by none is made up for.
  expect(((await lambda.invoke({ ms: 0 })).response as number) - before).toBeLessThan(100);
});

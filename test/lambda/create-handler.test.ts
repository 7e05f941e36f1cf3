import { createLambdaHandler } from '../../src/lambda/create-handler.js';
import { memoryLog } from '../helpers/memory-log.js';
import { STREAM_ARN } from './helpers/events.js';
import { ENV, functionOf } from './helpers/function.js';

const handleRecord = () => {};

test.each([
  ['nothing', {}, "my-handler.ts exports nothing; expected a function 'handleRecord' or 'handleBatch'"],
  ['something else', { handler: handleRecord }, 'my-handler.ts exports handler; expected a function'],
  [
    'two handlers',
    { handleRecord, handleBatch: handleRecord },
    "exports both 'handleRecord' and 'handleBatch'",
  ],
  [
    'what makes checkpoints',
    { createRecordProcessor: () => ({}) },
    "my-handler.ts exports 'createRecordProcessor', which makes the checkpoints, and under Lambda the event source mapping does; expected a function 'handleRecord' or 'handleBatch'",
  ],
])('a module that exports %s fails the cold start, and the log says why', (_what, module, message) => {
  const { logger, lines } = memoryLog();

  expect(() => createLambdaHandler({ module, name: 'my-handler.ts', env: ENV, logger })).toThrow(message);

  expect(lines).toMatchObject([
    { level: 60, msg: "the function can't start", err: { message: expect.stringContaining(message) } },
  ]);
});

test('so does what is missing in the environment', async () => {
  const { logger, lines } = memoryLog();
  const options = { module: { handleRecord }, name: 'my-handler.ts', env: {}, logger };

  expect(() => createLambdaHandler(options)).toThrow('streamArn: is missing');

  expect(lines).toMatchObject([{ level: 60, err: { message: expect.stringContaining('STREAM_ARN') } }]);
});

test('what says nothing under Lambda is in the log', async () => {
  const { log } = functionOf({ handleRecord }, { STREAM_ARN, TRANSPORT: 'host' });

  expect(log.messages('warn')).toEqual([
    'transport (environment TRANSPORT) says nothing under Lambda: see docs/lambda.md',
  ]);
});

test('LOG_LEVEL counts', () => {
  const { log } = functionOf({ handleRecord }, { STREAM_ARN, LOG_LEVEL: 'error', TRANSPORT: 'host' });

  expect(log.lines).toEqual([]);
});

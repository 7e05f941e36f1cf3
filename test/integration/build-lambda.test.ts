import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../lab/project-root.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const folder = temporaryFolder();
const run = promisify(execFile);

interface Ended {
  stdout: string;
  stderr: string;
}

function build(source: string, name = 'handler.ts'): Promise<Ended> {
  writeFileSync(join(folder(), name), source);
  return buildFile(join(folder(), name));
}

function buildFile(handler: string): Promise<Ended> {
  const script = join(projectRoot, 'build', 'scripts', 'build-lambda.js');
  const env = { PATH: process.env.PATH, HANDLER: handler };
  return run(process.execPath, [script, '--out', folder()], { env });
}

/** The bundle, loaded and invoked by itself: nothing but the file is there. */
async function invoke(event: unknown): Promise<Ended> {
  const program = `const { handler } = await import(${JSON.stringify(join(folder(), 'index.mjs'))});
    const context = { awsRequestId: 'r', getRemainingTimeInMillis: () => 60_000 };
    console.log(JSON.stringify(await handler(${JSON.stringify(event)}, context)));`;
  const env = { PATH: process.env.PATH, STREAM_ARN: 'arn:aws:kinesis:us-east-1:111111111111:stream/orders' };
  return run(process.execPath, ['--input-type=module', '-e', program], { env, cwd: folder() });
}

const EVENT = {
  Records: [
    {
      eventSource: 'aws:kinesis',
      eventSourceARN: 'arn:aws:kinesis:us-east-1:111111111111:stream/orders',
      eventID: 'shardId-000000000000:1',
      kinesis: { sequenceNumber: '1', partitionKey: 'key', data: 'aGVsbG8=' },
    },
  ],
};

test.each([
  [
    'TypeScript',
    'handler.ts',
    'export const handleRecord = (record: { data: Buffer }) => console.log(String(record.data));',
  ],
  ['JavaScript', 'handler.mjs', 'export const handleRecord = (record) => console.log(String(record.data));'],
  ['CommonJS', 'handler.cjs', 'exports.handleBatch = ([record]) => console.log(String(record.data));'],
])('a handler in %s becomes one file, which needs nothing else', async (_what, name, source) => {
  expect((await build(source, name)).stdout).toMatch(
    /index\.mjs: \d+ KiB, with .*; set the function's Handler to index\.handler/,
  );

  const { stdout } = await invoke(EVENT);

  expect(stdout).toBe('hello\n{"batchItemFailures":[]}\n');
});

test.each([
  [
    'exports no handler',
    'export const handler = () => {};',
    "exports handler; expected one function 'handleRecord' or 'handleBatch'",
  ],
  [
    'exports nothing',
    'const a = 1;',
    "exports nothing; expected one function 'handleRecord' or 'handleBatch'",
  ],
  [
    'makes checkpoints',
    'export const createRecordProcessor = () => ({});',
    "exports createRecordProcessor; expected one function 'handleRecord' or 'handleBatch', and no 'createRecordProcessor'",
  ],
  [
    'makes checkpoints too',
    'export const createRecordProcessor = () => ({}); export const handleRecord = () => {};',
    "exports createRecordProcessor, handleRecord; expected one function 'handleRecord' or 'handleBatch'",
  ],
  [
    'exports two handlers',
    'export const handleBatch = () => {}; export const handleRecord = () => {};',
    "exports handleBatch, handleRecord; expected one function 'handleRecord' or 'handleBatch'",
  ],
  ['can not be compiled', 'export const handleRecord = (;', 'Unexpected ";"'],
  [
    'imports what is not there',
    "import './nothing.js'; export const handleRecord = () => {};",
    'Could not resolve "./nothing.js"',
  ],
])('a module that %s is not bundled', async (_what, source, message) => {
  await expect(build(source)).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining(message) });
});

test('a folder is no module, and an option that is not there is answered with the usage', async () => {
  await expect(buildFile(folder())).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`there is no file ${folder()}; expected the module`),
  });
  const script = join(projectRoot, 'build', 'scripts', 'build-lambda.js');
  await expect(run(process.execPath, [script, '--outdir', 'x'])).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/'--outdir'.*usage: HANDLER=/s),
  });
});

test('nor is src/record-handler.ts as it is shipped: a function that handles nothing throws its events away', async () => {
  const script = join(projectRoot, 'build', 'scripts', 'build-lambda.js');

  await expect(
    run(process.execPath, [script, '--out', folder()], { env: { PATH: process.env.PATH }, cwd: projectRoot }),
  ).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/src\/record-handler\.ts exports nothing; expected .*set HANDLER/),
  });
});

test('nor is one that is not there', async () => {
  await expect(buildFile(join(folder(), 'nothing.ts'))).rejects.toMatchObject({
    code: 1,
    stderr: `build-lambda: there is no file ${join(folder(), 'nothing.ts')}; expected the module that exports your record handler\n`,
  });
});

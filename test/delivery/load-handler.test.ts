import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { loadHandler } from '../../src/delivery/load-handler.js';
import type { RecordContext } from '../../src/delivery/record-handler.js';
import { ConfigurationError, HandlerError } from '../../src/errors/errors.js';
import { memoryLog } from '../helpers/memory-log.js';
import { pasted } from '../helpers/pasted.js';
import { recordOf } from '../helpers/records.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const folder = temporaryFolder();
function moduleOf(source: string, name = 'handler.mjs'): string {
  const file = join(folder(), name);
  writeFileSync(file, source);
  return file;
}

async function problemOf(file: string | undefined): Promise<string | undefined> {
  const error = await loadHandler(file).catch((failure: unknown) => failure);
  expect(error).toBeInstanceOf(ConfigurationError);
  const [problem] = (error as ConfigurationError).problems;
  expect(problem?.key).toBe('handler');
  return problem?.message;
}

test('without a handler there is none: the file that is to be written exports nothing', async () => {
  const problem = await problemOf(undefined);

  expect(problem).toMatch(/^there is none: .*expected handler \(HANDLER, --handler\)/);
  expect(problem).toMatch(/handleRecord.*src\/record-handler\.ts.*--handler sample/);
});

test('the sample logs each record at info, and not what is in it', async () => {
  const handler = (await loadHandler('sample'))();
  const { logger, lines } = memoryLog();

  handler.handle([recordOf({ data: Buffer.from('secret') })], { logger } as RecordContext, async () => {});

  expect(lines).toEqual([expect.objectContaining({ level: 30, msg: 'record', bytes: 6 })]);
  expect(JSON.stringify(lines)).not.toContain('secret');
});

test.each([
  ['absolute', (file: string) => file, 'handler.mjs'],
  ['relative to the working directory', (file: string) => relative(process.cwd(), file), 'handler.mjs'],
  ['with what a URL would take apart', (file: string) => file, 'a #handler?%20 é.mjs'],
])('a path may be %s', async (_name, path, name) => {
  const file = moduleOf("export const handleRecord = () => 'called';", name);
  const { batchSize } = (await loadHandler(path(file)))();
  expect(batchSize).toBe(1);
});

test('a module that is not there', async () => {
  const file = join(folder(), 'nothing.mjs');
  expect(await problemOf(file)).toContain(
    `${file} can't be loaded: there is no such file; expected the path of your module`,
  );
});

test('a module that is a directory', async () => {
  expect(await problemOf(folder())).toContain(`${folder()} can't be loaded: it is a directory; expected`);
  expect(await problemOf(folder())).toContain('. Docker makes a directory in place of a file');
});

test('where a module is no JavaScript, Node tells', async () => {
  const file = moduleOf('export const =');
  expect(await problemOf(file)).toContain(`; node --check ${file} says where`);
});

test('the command that says where may be pasted, whatever the name of the file is', async () => {
  const name = "it's $(touch owned) `id`.mjs";
  const problem = (await problemOf(moduleOf('export const =', name))) ?? '';

  const [, command = ''] = /; (node --check .*) says where$/.exec(problem) ?? [];
  expect(pasted(command)).toEqual([['node', '--check', join(folder(), name)]]);
});

test.each([
  ['throws an error', "throw new Error('boom')", 'boom'],
  ['throws a text', "throw 'boom'", 'boom'],
  ['throws nothing', 'throw null', 'null'],
  ['is no JavaScript', 'export const =', 'Unexpected token'],
])('a module that %s', async (_name, source, reason) => {
  const file = moduleOf(source);
  const problem = await problemOf(file);
  expect(problem).toContain(`${file} can't be loaded: `);
  expect(problem).toContain(reason);
});

test.each([
  ['nothing', '', 'nothing'],
  ['other names', 'export const handle = 1; export default 2;', 'default, handle'],
  ['no function of that name', 'export const handleRecord = {};', 'handleRecord'],
])('a module that exports %s', async (_name, source, found) => {
  const file = moduleOf(source);
  expect(await problemOf(file)).toBe(
    `${file} exports ${found}; expected a function 'handleRecord' or 'handleBatch' or 'createRecordProcessor'`,
  );
});

test('a module that exports two of them', async () => {
  const file = moduleOf('export const handleRecord = () => {}; export const handleBatch = () => {};');
  expect(await problemOf(file)).toBe(
    `${file} exports both 'handleRecord' and 'handleBatch'; expected one of them`,
  );
});

describe('createRecordProcessor', () => {
  test('makes one for each shard', async () => {
    const make = await loadHandler(
      moduleOf(`
        globalThis.made = 0;
        export const createRecordProcessor = () => {
          globalThis.made++;
          return { processRecords() {}, shardEnded() {} };
        };`),
    );
    make();
    make();
    expect((globalThis as { made?: number }).made).toBe(2);
  });

  test.each([
    ["throw new Error('boom')", 'createRecordProcessor failed: Error: boom'],
    ['return undefined', "createRecordProcessor returned an object without a function 'processRecords'"],
    [
      'return { processRecords() {} }',
      "createRecordProcessor returned an object without a function 'shardEnded'",
    ],
  ])('that does %s', async (body, message) => {
    const make = await loadHandler(moduleOf(`export const createRecordProcessor = () => { ${body} };`));
    expect(() => make()).toThrow(HandlerError);
    expect(() => make()).toThrow(message);
  });
});

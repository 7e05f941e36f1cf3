import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { loadHandler } from '../../src/delivery/load-handler.js';
import { ConfigurationError } from '../../src/errors/errors.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const folder = temporaryFolder();
function moduleOf(source: string, name = 'handler.mjs'): string {
  const file = join(folder(), name);
  writeFileSync(file, source);
  return file;
}

async function problemOf(file: string): Promise<string | undefined> {
  const error = await loadHandler(file).catch((failure: unknown) => failure);
  expect(error).toBeInstanceOf(ConfigurationError);
  const [problem] = (error as ConfigurationError).problems;
  expect(problem?.key).toBe('handler');
  return problem?.message;
}

test('the built-in sample is there', async () => {
  expect(await loadHandler(undefined)).toBeInstanceOf(Function);
});

test.each([
  ['absolute', (file: string) => file, 'handler.mjs'],
  ['relative to the working directory', (file: string) => relative(process.cwd(), file), 'handler.mjs'],
  ['with what a URL would take apart', (file: string) => file, 'a #handler?%20 é.mjs'],
])('a path may be %s', async (_name, path, name) => {
  const file = moduleOf("export const handleRecord = () => 'called';", name);
  const handler = (await loadHandler(path(file))) as unknown as () => string;
  expect(handler()).toBe('called');
});

test('a module that is not there', async () => {
  const file = join(folder(), 'nothing.mjs');
  expect(await problemOf(file)).toContain(`${file} can't be loaded: `);
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
  expect(await problemOf(file)).toBe(`${file} exports ${found}; expected a function 'handleRecord'`);
});

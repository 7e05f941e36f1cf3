import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** A worker without records: a heap of modules whose growth V8 has seen to be small. Then it reads 1 GB. */
async function fullCollectionsOfAGigabyte(...args: string[]): Promise<number> {
  const program = fileURLToPath(new URL('helpers/read-a-gigabyte.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...args]);
  return JSON.parse(stdout).full;
}

test('reading a gigabyte costs hardly any full garbage collection', async () => {
  expect(await fullCollectionsOfAGigabyte('spaced')).toBeLessThan(2);
});

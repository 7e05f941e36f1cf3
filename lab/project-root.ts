import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of this project's package.json; a fixed depth would differ between the sources and build/. */
export const projectRoot = find(dirname(fileURLToPath(import.meta.url)));

function find(folder: string): string {
  const file = join(folder, 'package.json');
  if (existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).name === 'cross-account-kcl') return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error("no package.json named 'cross-account-kcl' above the lab's code");
  return find(parent);
}

// Writes the table of keys in docs/configuration.md from the schema: node build/scripts/config-docs.js
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configKeys } from '../src/config/config-keys.js';
import { markdownTable, withPart } from './generated-part.js';

/** The text of docs/configuration.md with its table made anew; what is around the table is written by hand. */
export function withKeyTable(text: string): string {
  return withPart(text, 'keys', keyTable());
}

/** The folder of this project's package.json. */
export function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

function keyTable(): string {
  const code = (text: string) => `\`${text}\``;
  const rows = configKeys.map((key) => [
    code(key.key),
    code(key.environment),
    code(key.flag),
    key.expects,
    key.defaultText ?? (key.default === undefined ? '–' : code(key.default)),
    key.stock ?? '',
    key.perStream ? `${key.description} Also as ${code(`streams.<n>.${key.key}`)}.` : key.description,
  ]);
  const head = ['Key', 'Environment', 'Flag', 'Value', 'Default', 'Stock default, if different', 'Meaning'];
  return markdownTable(head, rows);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = join(projectRoot(), 'docs', 'configuration.md');
  writeFileSync(path, withKeyTable(readFileSync(path, 'utf8')));
}

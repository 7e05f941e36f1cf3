// Writes the table of layers in docs/architecture.md from scripts/layers.ts: node build/scripts/architecture-docs.js
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { markdownTable, withPart } from './generated-part.js';
import { ENTRIES, LAYERS } from './layers.js';

export const PAGE = 'docs/architecture.md';

/** The text of the page with its table of layers made anew. */
export function withLayers(page: string): string {
  const rows = Object.entries({ ...LAYERS, ...ENTRIES }).map(([name, { does, imports }]) => [
    `\`${name}\``,
    does,
    imports.join(', ') || '–',
  ]);
  return withPart(page, 'layers', markdownTable(['Folder', 'What it does', 'Imports'], rows));
}

// The project's folder is the working directory.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(PAGE, withLayers(readFileSync(PAGE, 'utf8')));
}

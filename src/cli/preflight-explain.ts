import { readFileSync } from 'node:fs';
import type { CheckId } from '../preflight/check.js';

const PAGE = new URL('../../docs/preflight.md', import.meta.url);

/** The check's section of docs/preflight.md. */
export function explainCheck(id: CheckId): string {
  const page = `${readFileSync(PAGE, 'utf8')}\n## `;
  const from = page.indexOf(`\n## ${id}\n`);
  if (from < 0) throw new Error(`docs/preflight.md has no section '${id}'`);
  return `${page.slice(from, page.indexOf('\n## ', from + 1)).trim()}\n`;
}

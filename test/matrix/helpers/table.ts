import { readFileSync, writeFileSync } from 'node:fs';
import type { AccessDecision } from '../../../lab/gate/gate.js';
import type { ReadGrants } from '../../../src/policy/grants.js';
import { actionsOf, type Removal } from './removals.js';

export interface Row {
  removal: Removal;
  /** The calls that failed, each with the action it lacked if that is another. */
  failed: string[];
  read: 'all' | 'none' | 'depends';
}

const DOC = 'docs/policy-matrix.md';
const NAMES = {
  streamPolicy: 'owner, stream',
  consumerPolicy: 'owner, consumer',
  keyPolicyStatement: 'owner, key',
  readerPolicy: 'reader',
};

/** Prints what was found, and holds it against the docs; a call that failed for want of something else is named. */
export function expectNeeded(way: string, grants: ReadGrants, rows: readonly Row[]): void {
  const table = tableOf(rows);
  process.stdout.write(`\n${way}\n\n${table}\n\n`);
  for (const { removal, failed } of rows) {
    const own = actionsOf(grants, removal);
    expect({ removal, failed, others: failed.filter((call) => !own.includes(actionOf(call))) }).toEqual({
      removal,
      failed: expect.arrayContaining([expect.any(String)]),
      others: [],
    });
  }
  expect(table).toBe(documented(way, table));
}

/** The action that was denied, and the call that it was denied to if that is another. */
export function failedCalls(denied: readonly AccessDecision[]): string[] {
  const names = denied.map(({ operation, action }) => {
    const call = operation.slice(operation.indexOf('.') + 1);
    return action.endsWith(`:${call}`) ? `\`${action}\`` : `\`${call}\` for \`${action}\``;
  });
  return [...new Set(names)].sort();
}

/** The action at the end of what failedCalls() writes. */
const actionOf = (call: string) => /`([^`]+)`$/.exec(call)?.[1] ?? '';

function tableOf(rows: readonly Row[]): string {
  const lines = rows.map(({ removal: { policy, statement, action }, failed, read }) => {
    // The hash at the end tells readers apart; here there is one.
    const name = statement.replace(/For\w+[0-9a-f]{8}$/, '');
    const taken = action === undefined ? 'all of it' : `\`${action}\``;
    return `| ${NAMES[policy]} | ${name} | ${taken} | ${failed.join(', ') || 'none'} | ${read} |`;
  });
  return [
    '| policy of | statement | taken out | calls that fail | records read |',
    '| --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}

/** What stands in the docs for that way of reading; with UPDATE_DOCS it is replaced by what was found. */
function documented(way: string, found: string): string {
  const page = readFileSync(DOC, 'utf8');
  const begin = `<!-- ${way}: found by test/matrix -->\n`;
  const from = page.indexOf(begin);
  if (from < 0) throw new Error(`${DOC} has no table of '${way}'`);
  const start = from + begin.length;
  const end = page.indexOf('\n<!-- end -->', start);
  if (process.env.UPDATE_DOCS !== undefined) {
    writeFileSync(DOC, `${page.slice(0, start)}${found}${page.slice(end)}`);
    return found;
  }
  return page.slice(start, end);
}

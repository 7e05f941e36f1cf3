import type { FixedBy } from '../aws/known-errors/known-error.js';
import { visible } from '../errors/visible.js';
import type { CheckReport } from './report.js';

const WHO: Readonly<Record<FixedBy, string>> = {
  'stream owner': "the stream's owner",
  'key owner': "the key's owner",
  reader: 'the reader',
  both: 'the owner or the reader',
};

/** What is not as it should be. */
export function troubles(checks: readonly CheckReport[]): CheckReport[] {
  return checks.filter(({ status }) => status === 'failed' || status === 'error' || status === 'warning');
}

/** A check that did not pass, for people: what was found, who must change something, and what. */
export function explainTrouble({
  id,
  asserts,
  status,
  fixedBy,
  message,
  remedy,
  stream,
}: CheckReport): string {
  const of = stream === undefined ? '' : ` (${stream})`;
  const who = status === 'failed' ? `; to be fixed by ${WHO[fixedBy]}` : '';
  const below = [visible(message), ...(remedy?.split('\n').map(visible) ?? [])];
  return [`${id}${of}, ${status}: ${asserts}${who}`, ...below.map((line) => `  ${line}`)].join('\n');
}

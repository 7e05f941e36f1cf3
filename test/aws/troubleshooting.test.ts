import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CREDENTIAL_ERRORS } from '../../src/aws/known-errors/credential-errors.js';
import { DENIALS } from '../../src/aws/known-errors/denials.js';
import type { KnownError } from '../../src/aws/known-errors/known-error.js';
import { POLICY_ERRORS } from '../../src/aws/known-errors/policy-errors.js';
import { RESOURCE_ERRORS } from '../../src/aws/known-errors/resource-errors.js';
import { TRANSIENT_ERRORS } from '../../src/aws/known-errors/transient-errors.js';
import { AWS_TEXTS } from './fixtures/aws-texts.js';

const PAGE = 'docs/troubleshooting.md';
const GROUPS: Record<string, Record<string, KnownError>> = {
  Credentials: CREDENTIAL_ERRORS,
  Access: DENIALS,
  'Missing or not usable': RESOURCE_ERRORS,
  'Policies that are put': POLICY_ERRORS,
  'Limits, faults and the network': TRANSIENT_ERRORS,
};
const BEGIN = /(<!-- made of .* -->\n)/;
const END = '<!-- end of what is made -->';

/** What is not the same in every account; a `|` would end the cell. */
function asMessage(text: string): string {
  const general = text
    .replaceAll(/arn:aws:[\w:./-]*[\w/]/g, 'arn:…')
    .replaceAll(/\d{8}T\d{6}Z/g, '…')
    .replaceAll(/\b\d{20,}\b/g, '…')
    .replaceAll('|', '\\|')
    .replaceAll('`', "'");
  return `\`${general}\``;
}

/** `<` begins a tag, and `*` an emphasis. */
const inCell = (text: string) => text.replaceAll('<', '&lt;').replaceAll(/[*|]/g, '\\$&');

function row(id: string, { cause, remedy }: KnownError): string[] {
  const texts = AWS_TEXTS.filter(({ entry, name }) => entry === id && name !== 'SomethingNew');
  if (texts.length === 0 || id === 'unknown') return [];
  const messages = texts.map(({ action, name, text, assumed }) => {
    if (assumed) return `\`${name}\` of ${action.split(':')[1]} (its text is not public)`;
    return asMessage(name === 'Error' ? text : `${name}${text && `: ${text}`}`);
  });
  return [`| ${[...new Set(messages)].join('<br>')} | ${inCell(cause)} | ${inCell(remedy)} |`];
}

function made(): string {
  return Object.entries(GROUPS)
    .map(([title, entries]) => {
      const rows = Object.entries(entries).flatMap(([id, entry]) => row(id, entry));
      return `### ${title}\n\n| message | cause | what to do |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
    })
    .join('\n');
}

const page = readFileSync(PAGE, 'utf8');
const [before = '', comment = '', rest = ''] = page.split(BEGIN);
const [inPage = '', after = ''] = rest.split(END);

test("AWS's errors on the page are those of the table", () => {
  const expected = `\n${made()}\n`;
  if (process.env.UPDATE_DOCS) writeFileSync(PAGE, `${before}${comment}${expected}${END}${after}`);
  else expect(inPage).toBe(expected);
});

const cells = (section: string) =>
  (page.split(`\n## ${section}\n`)[1]?.split('\n## ')[0] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split(' | ')[0] ?? '');

test('the messages of this project are on the page as they are written', () => {
  const sources = [
    ...readdirSync('src', { recursive: true, encoding: 'utf8' }).map((file) => join('src', file)),
    ...readdirSync('launcher/src/main/java', { recursive: true, encoding: 'utf8' }).map((file) =>
      join('launcher/src/main/java', file),
    ),
  ].filter((file) => /\.(ts|java)$/.test(file));
  const text = sources.map((file) => readFileSync(file, 'utf8')).join('\n');
  const messages = cells('cross-account-kcl').flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)]);
  const parts = messages
    .flatMap(([, message = '']) => message.split('…'))
    .filter((part) => part.trim().length > 3);

  expect(parts.length).toBeGreaterThan(7);
  expect(parts.filter((part) => !text.includes(part.trim()))).toEqual([]);
});

test('every link of the page leads somewhere', () => {
  const anchorsOf = (text: string) =>
    [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^\w\s-]/g, '')
        .replaceAll(' ', '-'),
    );
  const links = [...page.matchAll(/\]\(([^)#]*)(?:#([^)]*))?\)/g)];
  expect(links.length).toBeGreaterThan(15);
  for (const [, file = '', anchor] of links) {
    const path = file === '' ? PAGE : join('docs', file);
    expect({ path, there: existsSync(path) }).toEqual({ path, there: true });
    if (anchor !== undefined) expect(anchorsOf(readFileSync(path, 'utf8'))).toContain(anchor);
  }
});

test.each([
  ['Lambda', 'Cannot access stream', 'ListStreams is not what is missing'],
  ['Lambda', 'PROBLEM: User:', 'has lost its access'],
  ['KCL', 'Got ResourceNotFoundException when fetching shard list', 'asks its own account'],
  ['KCL', 'Cannot find the shard given the shardId', 'created again'],
])('%s: a search for "%s" finds its cause', (section, message, cause) => {
  const line = (page.split(`\n## ${section}\n`)[1] ?? '').split('\n').find((one) => one.includes(message));
  expect(line).toContain(cause);
});

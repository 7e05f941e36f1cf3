import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { PAGE, withLayers } from '../scripts/architecture-docs.js';
import { importGraph } from '../scripts/import-graph.js';

// Jest runs in the project's folder.
const page = readFileSync(PAGE, 'utf8');
const graph = importGraph('src');
const LINK = /\]\((?!https?:)([^)#]+)/g;
const linked = (text: string, from = PAGE) =>
  [...text.matchAll(LINK)].map(([, target = '']) => normalize(join(dirname(from), target)));
const codeIn = (text: string) => [...text.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
const section = (title: string) => {
  const [, text = ''] = page.split(new RegExp(`^#{2,3} ${title}$`, 'm'));
  return text.split(/^#{2,3} /m)[0] ?? '';
};

test(`${PAGE} has the layers as they are: node build/scripts/architecture-docs.js`, () => {
  expect(page).toBe(withLayers(page));
});

test.each([
  [PAGE, 60],
  ['CONTRIBUTING.md', 20],
])('each file and folder that %s names exists', (file, least) => {
  const text = readFileSync(file, 'utf8');
  const PROJECT_PATH =
    /^(?:\.\/)?(?:src|launcher|launcher-kcl1|lab|test|bench|docs|infra|properties|scripts)\/[\w./-]*/;
  const named = codeIn(text).flatMap((code) => PROJECT_PATH.exec(code) ?? []);
  const all = [...linked(text, file), ...named];
  expect(all.length).toBeGreaterThan(least);
  expect(all.filter((path) => !existsSync(path))).toEqual([]);
});

test('a link is named as its file', () => {
  const links = [...page.matchAll(/\[([^\]]+)\]\((?!https?:)([^)#]+)/g)];
  expect(links.filter(([, text = '', target = '']) => text !== basename(target)).map(([all]) => all)).toEqual(
    [],
  );
});

test('the page is short: at most 1,500 words, and a glossary of at most 25', () => {
  const rows = section('Glossary').match(/^\| (?!Word|---)/gm) ?? [];
  expect(rows.length).toBeGreaterThan(10);
  expect(rows.length).toBeLessThanOrEqual(25);
  const words = page.replaceAll(/\]\([^)]*\)/g, ']').match(/[\p{L}\p{N}][^\s|]*/gu) ?? [];
  expect(words.length).toBeLessThanOrEqual(1_500);
});

describe.each([
  'A record, from the socket to the checkpoint',
  "A denied permission, from the SDK's error to the printed statement",
  'A property, from the file to the JVM',
])('%s', (title) => {
  const steps = section(title)
    .split(/^\d+\. /m)
    .slice(1);

  test('each file is connected with one of the same or an earlier step', () => {
    const [first = ''] = linked(steps[0] ?? '');
    const reached = [first];
    const alone: string[] = [];
    for (const step of steps) {
      let rest = linked(step).filter((file) => !reached.includes(file));
      for (let found = true; found; ) {
        const next = rest.find((file) => reached.some((other) => connected(file, other, codeIn(step))));
        found = next !== undefined;
        if (next !== undefined) reached.push(next);
        rest = rest.filter((file) => file !== next);
      }
      alone.push(...rest);
    }
    expect(alone).toEqual([]);
    expect(reached.length).toBeGreaterThan(9);
  });
});

/**
 * Whether one of two files imports the other, or, in Java, names its class. Between Java and TypeScript: whether both have
 * one of the words that the step quotes.
 */
function connected(one: string, other: string, quoted: readonly string[]): boolean {
  if (graph.get(one)?.includes(other) || graph.get(other)?.includes(one)) return true;
  const texts = [one, other].map((file) => readFileSync(file, 'utf8'));
  const areJava = [one, other].map((file) => file.endsWith('.java'));
  const inText = (text: string | undefined, word: string) => new RegExp(`\\b${word}\\b`).test(text ?? '');
  if (areJava.every(Boolean)) {
    return inText(texts[0], basename(other, '.java')) || inText(texts[1], basename(one, '.java'));
  }
  const words = quoted.filter((word) => /^\w+$/.test(word));
  return areJava.some(Boolean) && words.some((word) => texts.every((text) => inText(text, word)));
}

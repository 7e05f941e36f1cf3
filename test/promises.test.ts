import { existsSync, readFileSync } from 'node:fs';

const promises = JSON.parse(readFileSync('test/promises.json', 'utf8')) as {
  promise: string;
  suite: string;
}[];

test("each row of README's first table has its integration test", () => {
  const [, ...rows] = /(^\|.*\n)+/m.exec(readFileSync('README.md', 'utf8'))?.[0].trimEnd().split('\n') ?? [];
  const firstCells = rows.slice(1).map((row) => row.split('|')[1]?.trim());
  expect(promises.map(({ promise }) => promise)).toEqual(firstCells);
});

// Whether the suite has the test is known once it has run: scripts/count-tests.ts.
test.each(promises)('$promise: there is $suite', ({ suite }) => {
  expect(existsSync(`test/${suite}.test.ts`)).toBe(true);
});

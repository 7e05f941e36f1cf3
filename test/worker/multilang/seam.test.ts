import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';

const FOLDER = join('worker', 'multilang');

test('the rest of src imports one module of this folder', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.startsWith(FOLDER + sep),
  );
  const imported = files.flatMap((file) =>
    [...readFileSync(join('src', file), 'utf8').matchAll(/\/multilang\/([\w-]+)\.js/g)].map(
      ([, name]) => name,
    ),
  );
  expect([...new Set(imported)]).toEqual(['children']);
});

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';

/** What each folder of src/ may import besides itself; cli stands above everything. */
const ALLOWED: Record<string, readonly string[]> = {
  cli: [
    'consumer',
    'operation',
    'preflight',
    'policy/aws',
    'streams',
    'policy',
    'machine',
    'config',
    'aws',
    'log',
    'errors',
  ],
  lambda: ['delivery', 'config', 'aws', 'log', 'errors'],
  consumer: ['operation', 'preflight', 'delivery', 'streams', 'machine', 'config', 'aws', 'log', 'errors'],
  operation: ['delivery', 'streams', 'aws', 'log', 'errors'],
  preflight: ['streams', 'machine', 'policy', 'config', 'aws', 'errors'],
  delivery: ['aws', 'log', 'errors'],
  // What reads and writes policies. What is pure knows nothing of it.
  'policy/aws': ['policy', 'aws', 'errors'],
  streams: ['config', 'aws', 'log', 'errors'],
  policy: ['aws', 'errors'],
  machine: ['errors'],
  config: ['aws', 'errors'],
  aws: ['errors'],
  log: ['errors'],
  errors: [],
};
/** What stands in src/ itself, above or beside the layers. */
const ENTRIES: Record<string, readonly string[]> = {
  // The version of Node.js and the signals come before whatever takes time to load.
  'cli.ts': ['cli', 'consumer', 'machine', 'errors'],
  'index.ts': ['delivery', 'preflight', 'policy/aws', 'policy', 'aws', 'errors'],
  'record-handler.ts': ['index.ts'],
};
/** `import … from`, `export … from`, `import '…'` and `import('…')`, with a relative path. */
const IMPORT = /\b(?:from|import)\s*\(?\s*(['"])(\.[^'"]*)\1/g;

// Jest runs in the project's folder; what is compiled has lost the type-only imports.
const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.ts'),
);
const layerOf = (file: string) =>
  file.startsWith(join('policy', 'aws') + sep) ? 'policy/aws' : (file.split(sep)[0] ?? '');

function imports(file: string): string[] {
  const found = [...readFileSync(join('src', file), 'utf8').matchAll(IMPORT)];
  return found.map(([, , path = '']) => normalize(join(dirname(file), path.replace(/\.js$/, '.ts'))));
}

test('every folder and entry of src/ has its place', () => {
  expect([...new Set(sources.map(layerOf))].sort()).toEqual(
    [...Object.keys(ALLOWED), ...Object.keys(ENTRIES)].sort(),
  );
});

test.each(sources)('src/%s imports only what is below it', (file) => {
  const layer = layerOf(file);
  const allowed = [layer, ...(ALLOWED[layer] ?? ENTRIES[layer] ?? [])];
  expect(imports(file).filter((path) => !allowed.includes(layerOf(path)))).toEqual([]);
});

test('imports are found at all', () => {
  expect(imports(join('cli', 'start.ts'))).toContain(join('consumer', 'consumer.ts'));
});

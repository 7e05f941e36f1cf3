import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** The files that each file imports, by their paths from the project's folder, such as `src/cli.ts`. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/**
 * A relative path in `import … from`, `export … from`, `import '…'`, `import('…')`, or in `new URL('…', import.meta.url)`,
 * which is how workers, child processes and the user's handler are loaded.
 */
const IMPORT =
  /\b(?:from|import)\s*\(?\s*(['"])(\.[^'"]*)\1|\bnew URL\(\s*(['"])(\.[^'"]*)\3,\s*import\.meta\.url\b/g;

/**
 * Reads the TypeScript files of some folders of the project, which must be the working directory. It reads the sources,
 * since the compiled files have lost their type-only imports.
 */
export function importGraph(...folders: readonly string[]): ImportGraph {
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join(folder, file)),
  );
  const known = new Set(files);
  const importsOf = (file: string) =>
    importedPaths(readFileSync(file, 'utf8'))
      .map((path) => normalize(join(dirname(file), path.replace(/\.js$/, '.ts'))))
      .filter((path) => known.has(path));
  return new Map(files.map((file) => [file, [...new Set(importsOf(file))]]));
}

/** The relative paths that the text of a module imports, as they are written. */
export function importedPaths(text: string): string[] {
  return [...text.matchAll(IMPORT)].map(([, , imported, , url = '']) => imported ?? url);
}

/** The groups of files that import each other, directly or through others; each group sorted, and the groups as well. */
export function importCycles(graph: ImportGraph): string[][] {
  const groups = new Set<string>();
  for (const file of graph.keys()) {
    const group = [...reachable(graph, file)].filter((other) => reachable(graph, other).has(file));
    if (group.length > 0) groups.add(group.sort().join('\n'));
  }
  return [...groups].sort().map((group) => group.split('\n'));
}

/** The files that a file imports, directly or through others; itself only if it is in a cycle. */
function reachable(graph: ImportGraph, from: string): Set<string> {
  const found = new Set<string>();
  const waiting = [from];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    for (const next of graph.get(file) ?? []) {
      if (found.has(next)) continue;
      found.add(next);
      waiting.push(next);
    }
  }
  return found;
}

import { type ImportGraph, importCycles, importedPaths, importGraph } from '../scripts/import-graph.js';
import { ENTRIES, LAYERS, layerOf } from '../scripts/layers.js';

// Jest runs in the project's folder.
const source = importGraph('src');
const layers = { ...LAYERS, ...ENTRIES };
const importsOf = (file: string) => source.get(file) ?? [];

test('every folder and file of src/ is in the table, and the table has no other', () => {
  expect([...new Set([...source.keys()].map(layerOf))].sort()).toEqual(Object.keys(layers).sort());
});

test.each([...source.keys()])('%s imports only what its layer may', (file) => {
  const allowed = [layerOf(file), ...(layers[layerOf(file)]?.imports ?? [])];
  expect(importsOf(file).filter((path) => !allowed.includes(layerOf(path)))).toEqual([]);
});

test('a folder imports only folders below it', () => {
  const order = Object.keys(LAYERS);
  const upwards = Object.entries(LAYERS).flatMap(([name, { imports }]) =>
    imports.filter((other) => order.includes(other) && order.indexOf(other) <= order.indexOf(name)),
  );
  expect(upwards).toEqual([]);
});

test('the table allows nothing that no file uses', () => {
  const unused = Object.entries(layers).flatMap(([name, { imports }]) => {
    const files = [...source.keys()].filter((file) => layerOf(file) === name);
    const used = new Set(files.flatMap(importsOf).map(layerOf));
    return imports.filter((other) => !used.has(other)).map((other) => `${name} imports ${other}`);
  });
  expect(unused).toEqual([]);
});

test('no files import each other, not even by types', () => {
  expect(importCycles(importGraph('src', 'lab', 'scripts', 'test', 'bench'))).toEqual([]);
});

describe('imports are found', () => {
  test.each([
    ["import { a } from './a.js';", './a.js'],
    ["import type { A } from './a.js';", './a.js'],
    ["export * from '../a.js';", '../a.js'],
    ["import './a.js';", './a.js'],
    ["const { a } = await import('./a.js');", './a.js'],
    ["type A = import('./a.js').A;", './a.js'],
    ["new Worker(new URL('./a.js', import.meta.url));", './a.js'],
    ["new URL(\n  './a.js',\n  import.meta.url,\n).href", './a.js'],
  ])('%s', (text, path) => {
    expect(importedPaths(text)).toEqual([path]);
  });

  test('but not packages', () => {
    expect(importedPaths("import pino from 'pino'; import { join } from 'node:path';")).toEqual([]);
  });

  test.each([
    ['src/cli/start.ts', 'src/worker/worker.ts'],
    ['src/worker/event-loop-watch.ts', 'src/worker/event-loop-watchdog.ts'],
    ['src/worker/multilang/children.ts', 'src/worker/multilang/child.ts'],
    ['src/delivery/load-handler.ts', 'src/record-handler.ts'],
  ])('%s → %s', (file, imported) => {
    expect(importsOf(file)).toContain(imported);
  });
});

describe('cycles are found', () => {
  const graph = (edges: Record<string, string[]>): ImportGraph => new Map(Object.entries(edges));

  test.each<[string, Record<string, string[]>, string[][]]>([
    ['none', { a: ['b', 'c'], b: ['c'], c: [] }, []],
    ['a file with itself', { a: ['a'] }, [['a']]],
    ['two', { a: ['b'], b: ['a'], c: ['a'] }, [['a', 'b']]],
    ['a long one', { a: ['b'], b: ['c'], c: ['a', 'd'], d: [] }, [['a', 'b', 'c']]],
    [
      'two apart',
      { a: ['b'], b: ['a', 'c'], c: ['d'], d: ['c'] },
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
  ])('%s', (_, edges, expected) => {
    expect(importCycles(graph(edges))).toEqual(expected);
  });
});

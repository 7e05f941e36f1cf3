import type { Chart } from '../../bench/section.js';
import { barChart } from '../../bench/svg.js';

const chart = (...bars: Chart['bars']): Chart => ({ name: 'x', title: 'CPU', unit: 's per GB', bars });

/** What stands in the texts of the picture, in order. @throws Error if it is not well-formed XML */
function textsOf(xml: string): string[] {
  const open: string[] = [];
  const texts: string[] = [];
  const token = /<(\/?)(\w+)((?: [\w:-]+="[^"<&]*")*) *(\/?)>|((?:[^<&>]|&(?:amp|lt|gt);)+)/uy;
  while (token.lastIndex < xml.length) {
    const at = token.lastIndex;
    const [, close, name = '', attributes = '', empty, text] = token.exec(xml) ?? [];
    if (text === undefined && name === '')
      throw new Error(`not well-formed at ${at}: ${xml.slice(at, at + 60)}`);
    const names = [...attributes.matchAll(/ ([\w:-]+)=/g)].map(([, attribute]) => attribute);
    if (new Set(names).size < names.length) throw new Error(`an attribute twice: ${attributes}`);
    if (text !== undefined && open.at(-1) === 'text')
      texts.push(text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'));
    if (name === '' || empty) continue;
    if (!close) open.push(name);
    else if (open.pop() !== name) throw new Error(`</${name}> ends nothing`);
    if (open.length === 0 && xml.slice(token.lastIndex).trim() !== '') throw new Error('more than one root');
    if (open.length === 0) break;
  }
  if (open.length > 0) throw new Error(`not ended: ${open}`);
  return texts;
}

const numbers = (xml: string, pattern: RegExp) => [...xml.matchAll(pattern)].map(([, text]) => Number(text));
const barsOf = (xml: string) => numbers(xml, /<rect [^>]*width="([\d.]+)"/g);
const widthOf = (xml: string) => numbers(xml, /viewBox="0 0 ([\d.]+)/g)[0] ?? Number.NaN;

test('has the title, the unit, and a label and a value for each bar', () => {
  const xml = barChart(chart({ label: 'ours', value: 9.126 }, { label: 'stock', value: 22_512.4 }));
  expect(textsOf(xml)).toEqual(['CPU', 's per GB', 'ours', '9.13', 'stock', '22,512']);
});

test('bars are as long as their values, and the most is the longest', () => {
  const [half = 0, most = 0, none] = barsOf(
    barChart(chart({ label: 'a', value: 5 }, { label: 'b', value: 10 }, { label: 'c', value: 0 })),
  );
  expect(half / most).toBeCloseTo(0.5, 2);
  expect(none).toBe(0);
});

test('whiskers go from the least to the most, on the scale of the bars', () => {
  const xml = barChart(
    chart({ label: 'a', value: 10, least: 5, most: 20 }, { label: 'b', value: 20, least: 20, most: 20 }),
  );
  textsOf(xml);
  const [from = 0, to = 0] = /<path d="M([\d.]+) .*?H([\d.]+)M/.exec(xml)?.slice(1).map(Number) ?? [];
  const [value = 0, other = 0] = barsOf(xml);
  expect(to - from).toBeCloseTo(1.5 * value, 0);
  expect(other).toBeCloseTo(2 * value, 0);
});

test('without least and most, or of one round, there is no whisker', () => {
  expect(barChart(chart({ label: 'a', value: 1 }))).not.toContain('<path');
  expect(barChart(chart({ label: 'a', value: 1, least: 1, most: 1 }))).not.toContain('<path');
});

test.each([
  ['no bar', chart()],
  ['one bar', chart({ label: 'only', value: 3 })],
  ['one bar of nothing', chart({ label: 'nothing', value: 0 })],
  ['bars of nothing', chart({ label: 'a', value: 0, least: 0, most: 0 }, { label: 'b', value: 0 })],
])('%s', (_, of) => {
  const xml = barChart(of);
  expect(textsOf(xml)).toHaveLength(2 + 2 * of.bars.length);
  expect(xml).not.toMatch(/NaN|Infinity/);
});

test('texts are shown as they are, whatever characters they hold', () => {
  const label = 'a < b & "c" > \'d\' &amp; </text><script>';
  const [title, unit, shown] = textsOf(
    barChart({ ...chart({ label, value: 1 }), title: '<&>', unit: 'MB/s & more' }),
  );
  expect([title, unit, shown]).toEqual(['<&>', 'MB/s & more', label]);
});

test('a character that XML does not have is replaced', () => {
  const [, , label] = textsOf(barChart(chart({ label: 'a\u0000b\ud800c😀\ufffe', value: 1 })));
  expect(label).toBe('a\ufffdb\ufffdc😀\ufffd');
});

test('a long label makes the picture wider, not the bars invisible', () => {
  const short = barChart(chart({ label: 'ours', value: 1 }));
  const long = barChart(chart({ label: 'x'.repeat(200), value: 1 }));
  expect(widthOf(long)).toBeGreaterThan(widthOf(short));
  expect(barsOf(long)[0]).toBeGreaterThan(100);
});

test('a long title is not cut off', () => {
  const of = chart({ label: 'ours', value: 1 });
  expect(widthOf(barChart({ ...of, title: 'x'.repeat(200) }))).toBeGreaterThan(widthOf(barChart(of)));
});

import type { Chart } from './section.js';

const WIDTH = 760;
const TOP = 58;
const ROW = 30;
const BAR = 18;
const GAP = 10;
const TITLE_SIZE = 16;
const TEXT_SIZE = 13;
/** Of an average character of a sans-serif font, in its size; digits and capitals are wider than that. */
const CHARACTER = 0.62;
/** Of medium brightness: they are readable on GitHub's light and dark backgrounds, whichever the browser prefers. */
const TEXT = '#6e7781';
const FILL = '#4184e4';
const WHISKER = '#d4742c';

/** A bar chart with a row for each bar, as the text of an SVG file. Whiskers show the least and most of the rounds. */
export function barChart({ title, unit, bars }: Chart): string {
  const left = textWidth(bars.map(({ label }) => label)) + GAP;
  const right = textWidth(bars.map(({ value }) => shown(value))) + 2 * GAP;
  const head = Math.max(textWidth([title], TITLE_SIZE), textWidth([unit])) + 2 * GAP;
  const longest = Math.max(0, ...bars.map(({ value, most = value }) => Math.max(value, most)));
  const perUnit = longest > 0 ? Math.max(WIDTH - left - right, WIDTH / 4) / longest : 0;
  const width = Math.ceil(Math.max(head, left + right + longest * perUnit));
  const height = TOP + bars.length * ROW;
  const rows = bars.map(({ label, value, least, most }, row) => {
    const y = TOP + row * ROW;
    const middle = y + BAR / 2;
    const x = (of: number) => rounded(left + Math.max(0, of) * perUnit);
    const end = Math.max(value, most ?? value);
    return [
      text(left - GAP, middle, label, 'text-anchor="end"'),
      `<rect x="${rounded(left)}" y="${y}" width="${rounded(Math.max(0, value) * perUnit)}" height="${BAR}" fill="${FILL}"/>`,
      ...(least === undefined || most === undefined || least === most
        ? []
        : [whisker(x(least), x(most), middle)]),
      text(x(end) + GAP, middle, shown(value)),
    ].join('\n  ');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="sans-serif" font-size="${TEXT_SIZE}" fill="${TEXT}">
  <title>${escaped(title)}</title>
  ${text(GAP, TITLE_SIZE, title, `font-size="${TITLE_SIZE}" font-weight="bold"`)}
  ${text(GAP, TITLE_SIZE + 22, unit)}
  ${rows.join('\n  ')}
</svg>
`;
}

function whisker(from: number, to: number, y: number): string {
  const d = `M${from} ${y - 5}v10M${from} ${y}H${to}M${to} ${y - 5}v10`;
  return `<path d="${d}" stroke="${WHISKER}" stroke-width="1.5" fill="none"/>`;
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${rounded(x)}" y="${rounded(y)}" dominant-baseline="central" ${attributes}>${escaped(content)}</text>`;
}

function textWidth(texts: readonly string[], size = TEXT_SIZE): number {
  return Math.max(0, ...texts.map((one) => one.length)) * size * CHARACTER;
}

/** Three digits are more than the rounds agree on. */
function shown(value: number): string {
  const decimals = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { maximumFractionDigits: decimals });
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

/** For the content of an element. What XML 1.0 has no character for becomes U+FFFD. */
function escaped(content: string): string {
  return content
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\u{fffd}')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

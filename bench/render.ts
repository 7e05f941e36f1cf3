import type { Cell, Figure, Section, Table } from './section.js';

/** A section as Markdown, as it stands in docs/performance.md. */
export function sectionText({ title, tables, skipped }: Section): string {
  const left = skipped.map((line) => `- not measured: ${line}\n`).join('');
  return `## ${title}\n\n${tables.map(tableText).join('\n')}${left === '' ? '' : `\n${left}`}`;
}

export function tableText({ title, note, columns, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  const head = line(columns) + line(columns.map((_, index) => (index === 0 ? '---' : '---:')));
  const body = rows.map(({ name, cells }) => line([name, ...cells.map(cellText)])).join('');
  return `### ${title}\n\n${note === undefined ? '' : `${note}\n\n`}${head}${body}`;
}

export function cellText(cell: Cell): string {
  if (cell === null) return '–';
  if (typeof cell === 'string') return cell;
  if (typeof cell === 'number') return numberText(cell);
  return figureText(cell);
}

/** `median (least–most)`, or the one value that there is. */
function figureText({ least, median, most }: Figure): string {
  if (least === most) return numberText(median);
  return `${numberText(median)} (${numberText(least)}–${numberText(most)})`;
}

/** Three digits that say something, or all before the point. */
function numberText(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Number.isInteger(value) || Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

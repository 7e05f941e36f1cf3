import { type Html, html } from './html.js';
import { SLOT_MS, SLOTS } from './lag-history.js';

const HEIGHT = 24;
/** The least that fills the plot, in ms: so that noise looks like none. */
const LEAST_TOP_MS = 1_000;

/**
 * How far a shard was behind, as a picture; gaps where no batch came.
 *
 * @param label for those who can't see it
 */
export function lagPlot(points: readonly (number | undefined)[], label: string): Html {
  const top = Math.max(LEAST_TOP_MS, ...points.map((point) => point ?? 0));
  const y = (point: number) => round(HEIGHT - 1 - (point / top) * (HEIGHT - 2));
  const areas = runsOf(points).map(({ from, values }) => {
    const line = values.map((point, index) => `${from + index},${y(point)} ${from + index + 1},${y(point)}`);
    return html`<path d="M${from},${HEIGHT} L${line.join(' ')} L${from + values.length},${HEIGHT} Z"/>`;
  });
  return html`<svg viewBox="0 0 ${SLOTS} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${label}"><title>${label}</title>${areas}</svg>`;
}

/** The minutes that the plot covers. */
export const PLOT_MINUTES = (SLOTS * SLOT_MS) / 60_000;

function runsOf(points: readonly (number | undefined)[]): { from: number; values: number[] }[] {
  const runs: { from: number; values: number[] }[] = [];
  for (const [index, point] of points.entries()) {
    if (point === undefined) continue;
    const last = runs.at(-1);
    if (last !== undefined && last.from + last.values.length === index) last.values.push(point);
    else runs.push({ from: index, values: [point] });
  }
  return runs;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

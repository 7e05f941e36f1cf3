export interface BenchContext {
  /** true with --quick: fewer rounds and shorter runs. */
  quick: boolean;
  rounds: number;
  log(line: string): void;
  /** The repository's root. */
  root: string;
}

export interface Figure {
  least: number;
  median: number;
  most: number;
}

export type Cell = Figure | number | string | null;

export interface Table {
  title: string;
  note?: string;
  /** Column heads; the first is the head of the rows' names. */
  columns: readonly string[];
  rows: readonly { name: string; cells: readonly Cell[] }[];
}

export interface Chart {
  /** The file's name under docs/images/, without .svg. */
  name: string;
  title: string;
  unit: string;
  bars: readonly { label: string; value: number; least?: number; most?: number }[];
}

export interface Section {
  id: string;
  title: string;
  tables: readonly Table[];
  charts: readonly Chart[];
  /** What could not be run, and why. */
  skipped: readonly string[];
}

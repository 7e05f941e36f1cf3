import Table from 'cli-table3';

/** Ends with the end of a line. */
export function textTable(head: string[], rows: (string | number)[][]): string {
  const made = new Table({
    head,
    style: { head: [], border: [] },
    // Lines between the rows would double the length.
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  made.push(...rows);
  return `${made.toString()}\n`;
}

/** JSON as consumers in Node.js are made for: lifion-kinesis parses it before its handler is called. */
export interface JsonData {
  order: string;
  note: string;
}

const SHELL = JSON.stringify({ order: '0000000000', note: '' });

/** So many bytes of JSON; fewer than it needs at least are text that is none. */
export function jsonData(bytes: number): Buffer {
  if (bytes < SHELL.length) return Buffer.alloc(bytes, 'order ');
  return Buffer.from(SHELL.replace('""', `"${'x'.repeat(bytes - SHELL.length)}"`));
}

/** How many bytes they were, without making the text again. */
export function bytesOf({ note }: JsonData): number {
  return SHELL.length + note.length;
}

import type { Readable } from 'node:stream';

const KEPT_CHARACTERS = 8_000;
const KEPT_LINES = 30;

/** Drains the streams, so that the process never blocks on a full pipe, and keeps the end of what they said. */
export function lastLines(...streams: Readable[]): () => string {
  let text = '';
  for (const stream of streams) {
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      text = (text + chunk).slice(-KEPT_CHARACTERS);
    });
  }
  return () => text.trimEnd().split('\n').slice(-KEPT_LINES).join('\n');
}

import { renameSync, writeFileSync } from 'node:fs';

/** Whole or not at all, for who reads it at any moment. */
export function publish(file: string, value: unknown): void {
  writeFileSync(`${file}.new`, JSON.stringify(value));
  renameSync(`${file}.new`, file);
}

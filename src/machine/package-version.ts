import { createRequire } from 'node:module';

/** This package's version. */
export function packageVersion(): string {
  // By its own name, which is found from src, dist and the tests' build alike.
  return (createRequire(import.meta.url)('cross-account-kcl/package.json') as { version: string }).version;
}

import { createRequire } from 'node:module';

interface PackageFile {
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly homepage?: string;
  readonly repository?: string | { readonly url: string };
}

/** By its own name, which is found from src, dist and the tests' build alike. */
const readPackage = () => createRequire(import.meta.url)('cross-account-kcl/package.json') as PackageFile;

/** This package's version. */
export function packageVersion(): string {
  return readPackage().version;
}

/** What this package is and where it comes from, as far as package.json says: for people who have never heard of it. */
export function packageOrigin(): string {
  const { version, description, license, homepage, repository } = readPackage();
  const from = homepage ?? (typeof repository === 'object' ? repository.url : repository);
  return `cross-account-kcl ${version} (open source, ${license}${from === undefined ? '' : `, ${from}`}): ${description}`;
}

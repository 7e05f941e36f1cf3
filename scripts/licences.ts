/** Prints the licences of what is shipped, from bills of materials; see ./scripts/licences. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A package or jar of a bill of materials, CycloneDX. */
export interface Component {
  readonly group?: string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  /** Several may be chosen among. */
  readonly licenses?: readonly {
    readonly license?: { readonly id?: string; readonly name?: string };
    readonly expression?: string;
  }[];
}

/** All of them ask for no more than their notice. */
const PERMISSIVE = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'MIT-0',
];
/** Not permissive, but logback's two licences let it be used as the library that it is. */
const CHOSEN: Readonly<Record<string, string>> = { 'logback-classic': 'EPL-2.0', 'logback-core': 'EPL-2.0' };

/** @throws Error if the text is no bill of materials with components */
export function componentsOf(text: string): Component[] {
  const { bomFormat, components = [] } = JSON.parse(text) as { bomFormat?: string; components?: Component[] };
  if (bomFormat !== 'CycloneDX' || components.length === 0) {
    throw new Error('expected a CycloneDX bill of materials in JSON that lists components');
  }
  return components;
}

/** The licence under which it is shipped: the first of its own that is allowed; undefined if none is. */
export function licenceOf({ name, licenses = [] }: Component): string | undefined {
  const allowed = [...PERMISSIVE, CHOSEN[name]];
  const fits = (text: string) => text.split(' AND ').every((one) => allowed.includes(one.trim()));
  return licenses
    .flatMap(({ license, expression }) => (license?.id ?? license?.name ?? expression ?? '').split(' OR '))
    .map((text) => text.replaceAll(/[()]/g, '').trim())
    .find(fits);
}

export function withoutAllowedLicence(components: readonly Component[]): string[] {
  return components.filter((one) => licenceOf(one) === undefined).map(({ purl }) => purl);
}

/** A line for each licence, the most used first, with what has it. */
export function licenceReport(components: readonly Component[]): string {
  const byLicence = new Map<string, Component[]>();
  for (const one of components) {
    const licence = licenceOf(one) ?? 'NOT ALLOWED';
    byLicence.set(licence, [...(byLicence.get(licence) ?? []), one]);
  }
  return [...byLicence]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([licence, all]) => {
      const names = all.map(({ group, name, version }) => `${group ? `${group}/` : ''}${name} ${version}`);
      return `${licence} (${all.length}): ${names.sort().join(', ')}`;
    })
    .join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const components = process.argv.slice(2).flatMap((file) => componentsOf(readFileSync(file, 'utf8')));
  const refused = withoutAllowedLicence(components);
  console.log(licenceReport(components));
  if (refused.length > 0) {
    console.error(
      `licences: not allowed: ${refused.join(', ')}; take them out, or add the licence to scripts/licences.ts if it is permissive`,
    );
    process.exitCode = 1;
  }
}

/** Terraform's language, as far as policies need it. */

/** A text as a literal. What would begin an interpolation is written by its code: `$${` is read otherwise behind a `$`. */
export function hclText(text: string): string {
  return JSON.stringify(text).replaceAll('${', '\\u0024{').replaceAll('%{', '\\u0025{');
}

/** A list of texts; a longer one has a line for each. */
export function hclList(texts: readonly string[]): string {
  const items = texts.map(hclText);
  if (items.length <= 1) return `[${items.join('')}]`;
  return `[\n${indented(items.map((item) => `${item},`))}\n]`;
}

/** A block with its arguments and inner blocks; the equals signs of arguments in one line each stand below each other. */
export function hclBlock(
  head: string,
  ...groups: readonly (Readonly<Record<string, string>> | string)[]
): string {
  const body = groups.map((group) => (typeof group === 'string' ? group : assignments(group)));
  return `${head} {\n${indented(body.join('\n\n').split('\n'))}\n}`;
}

function assignments(values: Readonly<Record<string, string>>): string {
  const names = Object.keys(values);
  const width = Math.max(
    ...names.filter((name) => !values[name]?.includes('\n')).map(({ length }) => length),
    0,
  );
  return names
    .map((name) => {
      const value = values[name] ?? '';
      return value.includes('\n') ? `${name} = ${value}` : `${name.padEnd(width)} = ${value}`;
    })
    .join('\n');
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => (line === '' ? '' : `  ${line}`)).join('\n');
}

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

/** A block with its arguments and inner blocks. */
export function hclBlock(
  head: string,
  ...groups: readonly (Readonly<Record<string, string>> | string)[]
): string {
  const body = groups.map((group) => (typeof group === 'string' ? group : assignments(group)));
  return `${head} {\n${indented(body.join('\n\n').split('\n'))}\n}`;
}

/** `terraform fmt` aligns the equals signs of neighbours that take one line each. */
function assignments(values: Readonly<Record<string, string>>): string {
  const entries = Object.entries(values);
  const isLong = ([, value]: [string, string]) => value.includes('\n');
  const lines = entries.map((entry, index) => {
    const [name, value] = entry;
    if (isLong(entry)) return `${name} = ${value}`;
    const begin = entries.slice(0, index).findLastIndex(isLong) + 1;
    const end = entries.findIndex((other, at) => at > index && isLong(other));
    const neighbours = entries.slice(begin, end < 0 ? undefined : end);
    return `${name.padEnd(Math.max(...neighbours.map(([other]) => other.length)))} = ${value}`;
  });
  return lines.join('\n');
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => (line === '' ? '' : `  ${line}`)).join('\n');
}

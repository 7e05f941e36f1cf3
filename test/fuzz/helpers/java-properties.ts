/**
 * What `java.util.Properties.load` reads, written after its documentation: what the launcher sees, and the stock daemon
 * of the same file.
 *
 * @returns undefined where Java refuses the text: a `\u` that four hexadecimal digits don't follow
 */
export function loadAsJava(text: string): Map<string, string> | undefined {
  const properties = new Map<string, string>();
  for (const line of logicalLines(text)) {
    const end = endOfKey(line);
    const [key, value] = [unescaped(line.slice(0, end)), unescaped(line.slice(startOfValue(line, end)))];
    if (key === undefined || value === undefined) return undefined;
    properties.set(key, value);
  }
  return properties;
}

/** Without comments and empty lines, and with continued lines put together. */
function logicalLines(text: string): string[] {
  const lines: string[] = [];
  let open: string | undefined;
  for (const natural of text.split(/\r\n|\r|\n/)) {
    const part = natural.replace(/^[ \t\f]+/, '');
    // A line that continues another one may begin with # and may be empty.
    if (open === undefined && /^([#!]|$)/.test(part)) continue;
    const whole: string = (open ?? '') + part;
    const continued = /(?:^|[^\\])(?:\\\\)*\\$/.test(part);
    open = continued ? whole.slice(0, -1) : undefined;
    if (!continued) lines.push(whole);
  }
  if (open) lines.push(open);
  return lines;
}

function endOfKey(line: string): number {
  let at = 0;
  while (at < line.length && !/[ \t\f=:]/.test(line.charAt(at))) at += line.charAt(at) === '\\' ? 2 : 1;
  return Math.min(at, line.length);
}

function startOfValue(line: string, end: number): number {
  const [separator = ''] = /^[ \t\f]*[=:]?[ \t\f]*/.exec(line.slice(end)) ?? [];
  return end + separator.length;
}

const SHORT = new Map(Object.entries({ t: '\t', r: '\r', n: '\n', f: '\f' }));

function unescaped(text: string): string | undefined {
  let malformed = false;
  const plain = text.replaceAll(/\\(u[0-9a-fA-F]{4}|[\s\S]|$)/g, (_, code: string) => {
    if (code === 'u') malformed = true;
    if (code.length > 1) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return SHORT.get(code) ?? code;
  });
  return malformed ? undefined : plain;
}

/** What no shell treats specially anywhere in a word; a `=` at its beginning is special to zsh. */
const SAFE = /^(?!=)[\w+=,.@:/-]+$/;
/** Within single quotes a terminal would obey them, and a line break would divide the pasted command. */
const INVISIBLE = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/**
 * A command to paste into a shell, on one line: each argument reaches the program as it is given here. Commands that are
 * printed are made by this function alone.
 *
 * @param environment variables that are set for the command
 */
export function shellCommand(
  argv: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): string {
  return [...assignments(environment), ...argv.map(shellQuoted)].join(' ');
}

/** Sets variables for the commands that follow. Like a command it is made here alone. */
export function shellExport(environment: Readonly<Record<string, string>>): string {
  return ['export', ...assignments(environment)].join(' ');
}

function assignments(environment: Readonly<Record<string, string>>): string[] {
  return Object.entries(environment).map(([name, value]) => `${name}=${shellQuoted(value)}`);
}

/** An option with its value, as arguments. A value that begins with `-` would by itself be taken for an option. */
export function option(name: `--${string}`, value: string | undefined): string[] {
  if (value === undefined) return [];
  return value.startsWith('-') ? [`${name}=${value}`] : [name, value];
}

/**
 * A text as one word of a shell. Invisible characters are escaped in `$'…'`, which bash, zsh, ksh and POSIX.1-2024 know;
 * everything else is quoted as every POSIX shell knows it.
 */
function shellQuoted(text: string): string {
  if (SAFE.test(text)) return text;
  if (text.search(INVISIBLE) < 0) return `'${text.replaceAll("'", `'\\''`)}'`;
  // A backslash, a quote and what would be the shell's history too, which its scanner for `!` may not know to be quoted.
  return `$'${text.replaceAll(/[\\'!]/g, octal).replaceAll(INVISIBLE, octal)}'`;
}

/** By its bytes: `\u` depends on the shell's locale. */
function octal(sign: string): string {
  return [...Buffer.from(sign)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}

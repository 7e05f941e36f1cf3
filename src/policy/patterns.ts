/** Whether a pattern of a policy (`*` any text, `?` one sign) takes the text. Actions are compared in lower case. */
export function matchesPattern(pattern: string, text: string): boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/\*+/g, '.*').replace(/\?/g, '.')}$`, 's').test(text);
}

export function hasWildcard(text: string): boolean {
  return /[*?]/.test(text);
}

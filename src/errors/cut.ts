/** A text of at most so many characters, and how many are left out. */
export function cut(text: string, limit: number): string {
  const short =
    text.length <= limit ? text : `${text.slice(0, limit)}… (${text.length - limit} characters more)`;
  // Half of a pair, which some readers of JSON refuse; cutting may have made one.
  return short.replace(/\p{Surrogate}/gu, '\uFFFD');
}

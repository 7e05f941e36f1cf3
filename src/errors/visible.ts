/** A line of somebody else's, with what would move the cursor, begin a line or turn the direction of writing by its code. */
export function visible(line: string): string {
  return line.replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

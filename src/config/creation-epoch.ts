/** Clocks differ; a stream may have been made a moment ago. */
const CLOCK_SKEW_S = 300;
/** 5138, in seconds; 1973, in milliseconds. */
const FIRST_MILLISECONDS = 100_000_000_000;

/** A stream's creation epoch in seconds since 1970, or `auto`. @throws Error saying what was expected */
export function parseCreationEpoch(text: string): number | 'auto' {
  if (text === 'auto') return text;
  const fail = (reason: string) =>
    new Error(`'${text}' can't be used: ${reason}; expected auto, or the seconds since 1970 above 0`);
  if (!/^-?\d+$/.test(text)) throw fail('it is not a number');
  const epoch = Number(text);
  if (epoch <= 0) throw fail('KCL needs a creation epoch above 0');
  if (epoch >= FIRST_MILLISECONDS) {
    throw fail(`it looks like milliseconds, of which the seconds are ${Math.floor(epoch / 1000)}`);
  }
  if (epoch > Date.now() / 1000 + CLOCK_SKEW_S) {
    throw fail(`it is in the future, at ${new Date(epoch * 1000).toISOString()}`);
  }
  return epoch;
}

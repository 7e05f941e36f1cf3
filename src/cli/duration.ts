import { InvalidArgumentError } from 'commander';

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
/** What Node's timers hold. */
const MAX_MS = 2 ** 31 - 1;

/** 90, 90s, 2m, 1h or 500ms. @return milliseconds @throws InvalidArgumentError */
export function parseDuration(text: string): number {
  const [, number = '', unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  const ms = Math.round(Number(number) * UNITS[unit as keyof typeof UNITS]);
  if (number === '' || ms < 1 || ms > MAX_MS) {
    throw new InvalidArgumentError('Expected a time above 0, like 30s or 10m.');
  }
  return ms;
}

import type { Random } from './random.js';

/** Lengths and counts at which readers tend to be wrong. */
const NUMBERS = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff] as const;

/** The same bytes with a few places changed, cut out, doubled, or filled with others. */
export function mutate(bytes: Buffer, random: Random, maxChanges = 4): Buffer {
  let changed = Buffer.from(bytes);
  for (let changes = 1 + random.below(maxChanges); changes > 0; changes--) {
    changed = Buffer.from(changeOnce(changed, random));
  }
  return changed;
}

function changeOnce(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  const to = Math.min(bytes.length, at + random.below(16));
  const [before, middle, after] = [bytes.subarray(0, at), bytes.subarray(at, to), bytes.subarray(to)];
  switch (random.below(7)) {
    case 0: {
      if (at < bytes.length) bytes.writeUInt8(random.below(256), at);
      return bytes;
    }
    case 1: {
      if (at < bytes.length) bytes.writeUInt8((bytes[at] ?? 0) ^ (1 << random.below(8)), at);
      return bytes;
    }
    case 2: {
      if (at + 4 <= bytes.length) bytes.writeUInt32BE(random.pick(NUMBERS), at);
      return bytes;
    }
    case 3:
      return Buffer.concat([before, after]);
    case 4:
      return Buffer.concat([before, middle, middle, after]);
    case 5:
      return Buffer.concat([before, random.bytes(8), after]);
    default:
      return before;
  }
}

/** The same bytes in up to `maxPieces` pieces, some of them empty. */
export function cut(bytes: Buffer, random: Random, maxPieces = 8): Buffer[] {
  const cuts = random.list(maxPieces - 1, () => random.below(bytes.length + 1)).sort((a, b) => a - b);
  return [...cuts, bytes.length].map((end, index) => bytes.subarray(cuts[index - 1] ?? 0, end));
}

/** How a run of a worker ended. */
export type Exit = number | NodeJS.Signals;

export interface Placed {
  readonly shard: string;
  readonly sequenceNumber: string;
}

export interface Handled extends Placed {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Of the process that handled it; each start of a worker is a run of its own. */
  readonly run: number;
}

/** What stood in the lease table. */
export interface Stored {
  readonly shard: string;
  /** A sequence number, or TRIM_HORIZON, SHARD_END … */
  readonly checkpoint: string;
  /** When it was seen there, in milliseconds since 1970. */
  readonly at: number;
}

/** A run began to read a shard. */
export interface Taken {
  readonly shard: string;
  readonly run: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** All that was seen while a fault was injected. */
export interface Evidence {
  readonly put: readonly Placed[];
  /** In any order of the runs, but each run's in its own order. */
  readonly handled: readonly Handled[];
  /** Said to be skipped, or found in the on-failure queue; a record may be so twice. */
  readonly givenUp?: readonly Placed[];
  readonly checkpoints: readonly Stored[];
  readonly taken?: readonly Taken[];
  /** Of the runs that ended before the final stop, in order. */
  readonly exits: readonly Exit[];
  /** Of the runs that the final stop ended. */
  readonly stops: readonly Exit[];
  /** The parents of each shard that has some. */
  readonly parents?: ReadonlyMap<string, readonly string[]>;
}

export interface Expected {
  /** How many records are given up, as onFailure says: skipped, or sent to its queue. None unless given. */
  readonly givenUp?: number;
  /** Of the runs before the final stop, as documented; none if the worker lives on. */
  readonly exits: readonly Exit[];
  /** Whether records may come again that were handled after the last stored checkpoint. */
  readonly duplicates: 'none' | 'since the checkpoint';
}

export interface Verdict {
  readonly put: number;
  /** Of those that were put, each counted once. */
  readonly handled: number;
  readonly lost: number;
  readonly duplicates: number;
  /** As many may come again: those handled since the last stored checkpoint, at each place where a shard went back. */
  readonly bound: number;
  readonly orderKept: boolean;
  /** Nothing, if all is as promised. */
  readonly problems: readonly string[];
}

/** At least once, in order within a shard, duplicates only since the last checkpoint, and the exit that is documented. */
export function judge(evidence: Evidence, expected: Expected): Verdict {
  const givenUp = new Set((evidence.givenUp ?? []).map(({ sequenceNumber }) => sequenceNumber));
  const handled = [...evidence.handled].sort((a, b) => a.at - b.at);
  const shards = new Map(positionsByShard(evidence.put));
  const judged = [...shards].map(([shard, positions]) =>
    judgeShard(
      shard,
      positions,
      handled.filter((record) => record.shard === shard),
      evidence.checkpoints.filter((checkpoint) => checkpoint.shard === shard),
      givenUp,
      (evidence.taken ?? []).filter((one) => one.shard === shard),
    ),
  );
  const sum = (count: (one: ShardVerdict) => number) => judged.reduce((total, one) => total + count(one), 0);
  const duplicates = sum((one) => one.duplicates);
  const bound = expected.duplicates === 'none' ? 0 : sum((one) => one.bound);
  const disorder = [
    ...judged.flatMap((one) => one.disorder),
    ...childrenBeforeParents(handled, evidence.parents ?? new Map()),
  ];
  const lost = sum((one) => one.lost.length);
  const strangers = handled.filter(
    ({ shard, sequenceNumber }) => shards.get(shard)?.has(sequenceNumber) !== true,
  );
  const problems = [
    ...judged.flatMap(({ shard, lost: of }) => (of.length > 0 ? [`${shard}: lost ${few(of)}`] : [])),
    ...(strangers.length > 0
      ? [`handled what was never put: ${few(strangers.map((one) => one.sequenceNumber))}`]
      : []),
    ...disorder,
    ...judged.flatMap((one) => one.beforeCheckpoint),
    ...(duplicates > bound ? [`${duplicates} records came again, and only ${bound} may`] : []),
    ...(givenUp.size === (expected.givenUp ?? 0)
      ? []
      : [`${givenUp.size} records were skipped or sent to the queue; expected: ${expected.givenUp ?? 0}`]),
    ...exitProblems(evidence, expected),
    // Who did not stop well says so by its exit code; the place of its checkpoints is bound by the duplicates.
    ...(stoppedWell(evidence.stops) ? judged.flatMap((one) => one.checkpointBehind) : []),
  ];
  return {
    put: evidence.put.length,
    handled: sum((one) => one.handled),
    lost,
    duplicates,
    bound,
    orderKept: disorder.length === 0,
    problems,
  };
}

interface ShardVerdict {
  readonly shard: string;
  readonly handled: number;
  readonly lost: readonly string[];
  readonly duplicates: number;
  readonly bound: number;
  readonly disorder: readonly string[];
  readonly beforeCheckpoint: readonly string[];
  readonly checkpointBehind: readonly string[];
}

/** The place of each record in its shard, by its sequence number. */
type Positions = ReadonlyMap<string, number>;

function positionsByShard(put: readonly Placed[]): [string, Positions][] {
  const shards = new Map<string, string[]>();
  for (const { shard, sequenceNumber } of put) {
    shards.set(shard, [...(shards.get(shard) ?? []), sequenceNumber]);
  }
  return [...shards].map(([shard, numbers]) => {
    numbers.sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
    return [shard, new Map(numbers.map((number, index) => [number, index]))];
  });
}

function judgeShard(
  shard: string,
  positions: Positions,
  handled: readonly Handled[],
  checkpoints: readonly Stored[],
  givenUp: ReadonlySet<string>,
  taken: readonly Taken[],
): ShardVerdict {
  // From another worker: then it may go on behind what it had handled itself.
  const takenAgain = (run: number, after: number, until: number) =>
    taken.some((one) => one.run === run && one.at > after && one.at <= until);
  const seen = new Set<number>();
  const lastOfRun = new Map<number, { position: number; at: number }>();
  const disorder: string[] = [];
  const beforeCheckpoint: string[] = [];
  let highest = -1;
  let duplicates = 0;
  let bound = 0;
  for (const { sequenceNumber, at, run } of handled) {
    const position = positions.get(sequenceNumber);
    if (position === undefined) continue;
    const last = lastOfRun.get(run);
    lastOfRun.set(run, { position, at });
    if (last === undefined || position <= last.position || takenAgain(run, last.at, at)) {
      const stored = storedBefore(checkpoints, positions, at);
      bound += Math.max(0, highest - stored);
      if (position <= stored) {
        beforeCheckpoint.push(`${shard}: ${sequenceNumber} came again though its checkpoint was stored`);
      }
    }
    if (seen.has(position)) duplicates++;
    else if (position < highest) disorder.push(`${shard}: ${sequenceNumber} came after later records`);
    seen.add(position);
    highest = Math.max(highest, position);
  }
  const final = storedBefore(checkpoints, positions, Number.POSITIVE_INFINITY);
  return {
    shard,
    handled: seen.size,
    lost: [...positions]
      .filter(([number, position]) => !seen.has(position) && !givenUp.has(number))
      .map(([number]) => number),
    duplicates,
    bound,
    disorder,
    beforeCheckpoint,
    checkpointBehind:
      final < highest ? [`${shard}: the last checkpoint is ${highest - final} records behind`] : [],
  };
}

/** The place of the last record that a stored checkpoint covers; -1 if there is none. */
function storedBefore(checkpoints: readonly Stored[], positions: Positions, at: number): number {
  const stored = checkpoints.filter((one) => one.at <= at).at(-1);
  if (stored?.checkpoint === 'SHARD_END') return positions.size - 1;
  return positions.get(stored?.checkpoint ?? '') ?? -1;
}

function childrenBeforeParents(
  handled: readonly Handled[],
  parents: ReadonlyMap<string, readonly string[]>,
): string[] {
  const firsts = new Map<string, { first: number; last: number }>();
  const seen = new Set<string>();
  handled.forEach(({ shard, sequenceNumber }, index) => {
    if (seen.has(`${shard} ${sequenceNumber}`)) return;
    seen.add(`${shard} ${sequenceNumber}`);
    firsts.set(shard, { first: firsts.get(shard)?.first ?? index, last: index });
  });
  return [...parents].flatMap(([child, of]) =>
    of
      .filter((parent) => (firsts.get(child)?.first ?? Infinity) < (firsts.get(parent)?.last ?? -1))
      .map((parent) => `${child} began before its parent ${parent} was handled to its end`),
  );
}

function exitProblems({ exits, stops }: Evidence, expected: Expected): string[] {
  const problems: string[] = [];
  if (exits.join() !== expected.exits.join()) {
    const text = (codes: readonly Exit[]) => (codes.length === 0 ? 'none' : codes.join(', '));
    problems.push(`exits before the stop: ${text(exits)}; documented: ${text(expected.exits)}`);
  }
  if (!stoppedWell(stops))
    problems.push(`the final stop ended with ${stops.join(', ') || 'nothing: it was not reached'}`);
  return problems;
}

function stoppedWell(stops: readonly Exit[]): boolean {
  return stops.length > 0 && stops.every((code) => code === 0);
}

function few(numbers: readonly string[]): string {
  const shown = numbers.slice(0, 3).map((number) => `…${number.slice(-12)}`);
  return `${numbers.length} (${shown.join(', ')}${numbers.length > shown.length ? ' …' : ''})`;
}

import type { Logger } from 'pino';
import { withoutProperties } from '../jvm/java.js';
import type { LeaseReport } from '../monitoring/held-leases.js';

type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

const PINO_LEVELS: Record<number, Level> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};
/** Notes of the JVM itself, not failures. */
const JVM_NOTES = /^(Picked up |OpenJDK .* warning:|NOTE: )/;
const KEPT_LINES = 20;

/** What KCL says of itself (WorkerRun.java). */
export interface WorkerState {
  readonly state: 'STARTED' | 'SHUT_DOWN_STARTED';
  /** KCL's workerIdentifier, with STARTED. */
  readonly worker: string | undefined;
}

/** KPL aggregates of one batch that the handler gets not, or not taken apart (DroppedAggregates.java). */
export interface AggregatesNotTakenApart {
  /** Dropped by KCL: a hash key outside the shard's range, or nothing in it. */
  readonly dropped: number;
  /** Handed over as the one record that each is. */
  readonly whole: number;
}

/** Called with what certain lines of the log say. */
export interface LauncherListeners {
  onWorkerState?(state: WorkerState): void;
  onAggregates?(aggregates: AggregatesNotTakenApart): void;
  /** A child of the JVM has logged this. */
  onChildEntry?(entry: Record<string, unknown>): void;
  onLeaseReport?(report: LeaseReport): void;
}

/**
 * Takes the launcher's output into this process's log: KCL's lines of JSON from stdout, and from stderr what children
 * of the JVM log, or plain text where the JVM itself fails.
 */
export class LauncherLog {
  readonly #logger: Logger;
  readonly #listeners: LauncherListeners;
  readonly #lastLines: string[] = [];
  #childsReason: string | undefined;
  #childsExitCode: number | undefined;
  #launchersReason: string | undefined;

  constructor(logger: Logger, listeners: LauncherListeners = {}) {
    this.#listeners = listeners;
    this.#logger = logger.child({ component: 'launcher' });
  }

  /** Why the launcher ends: what a child said of its failure, or the launcher's first error, or its last lines. */
  get lastWords(): string {
    return (
      this.#childsReason ?? this.#launchersReason ?? (this.#lastLines.join('\n') || '(it wrote nothing)')
    );
  }

  /** The launcher's first error, whatever its children said meanwhile. */
  get launchersReason(): string | undefined {
    return this.#launchersReason;
  }

  /** How the first child that failed ended; the launcher only sees that it did. */
  get childsExitCode(): number | undefined {
    return this.#childsExitCode;
  }

  /** The last lines, oldest first. */
  get lastLines(): readonly string[] {
    return this.#lastLines;
  }

  line(text: string, from: 'stdout' | 'stderr'): void {
    if (text.trim() === '') return;
    const entry = parse(text);
    if (entry === undefined) {
      const note = JVM_NOTES.test(text);
      const line = note ? withoutProperties(text) : text;
      this.#logger[note || from === 'stdout' ? 'info' : 'error']({ from }, line);
      this.#keep(line);
      return;
    }
    const { level, msg, ...fields } = entry;
    const ours = typeof fields.logger === 'string' && fields.logger.startsWith('crossaccountkcl.');
    if (ours && from === 'stdout' && typeof fields.leaseReport === 'string') {
      return this.#takeReport(fields.leaseReport);
    }
    const known = levelOf(level);
    const message = typeof msg === 'string' ? msg : JSON.stringify(msg ?? '');
    this.#logger[known](withError(fields), message);
    this.#keep(`${known}: ${message}`);
    if (known === 'fatal' && this.#childsReason === undefined) {
      this.#childsReason = message;
      this.#childsExitCode = typeof fields.exitCode === 'number' ? fields.exitCode : undefined;
    }
    const dropped = countOf(fields.aggregatesDropped);
    const whole = countOf(fields.aggregatesHandedOverWhole);
    const ofAggregates = ours && from === 'stdout' && dropped + whole > 0;
    if (ofAggregates) this.#listeners.onAggregates?.({ dropped, whole });
    // KCL goes on after a dropped aggregate, which is no reason to end.
    if (ours && known === 'error' && !ofAggregates) this.#launchersReason ??= message;
    if (ours && from === 'stdout') this.#noteState(fields);
    if (from === 'stderr') this.#listeners.onChildEntry?.(entry);
  }

  #noteState({ workerState: state, worker }: Record<string, unknown>): void {
    if (state !== 'STARTED' && state !== 'SHUT_DOWN_STARTED') return;
    this.#listeners.onWorkerState?.({ state, worker: typeof worker === 'string' ? worker : undefined });
  }

  /** Once a second while a shard is not read: what it says of that is logged where it is taken. */
  #takeReport(text: string): void {
    try {
      const report = JSON.parse(text) as LeaseReport;
      this.#logger.debug({ leaseReport: report }, 'the leases that this worker holds');
      this.#listeners.onLeaseReport?.(report);
    } catch (err) {
      this.#logger.warn({ err, leaseReport: text }, 'a report of the launcher can not be read');
    }
  }

  #keep(text: string): void {
    this.#lastLines.push(text.slice(0, 2_000));
    if (this.#lastLines.length > KEPT_LINES) this.#lastLines.shift();
  }
}

/** The launcher writes its fields as texts. */
function countOf(field: unknown): number {
  return typeof field === 'string' && /^\d{1,9}$/.test(field) ? Number(field) : 0;
}

function parse(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const entry: unknown = JSON.parse(text);
    return typeof entry === 'object' && entry !== null && 'level' in entry
      ? (entry as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined; // not one of ours: it is logged as it is
  }
}

function levelOf(level: unknown): Level {
  if (typeof level === 'number') return PINO_LEVELS[level] ?? 'info';
  return Object.values(PINO_LEVELS).find((name) => name === level) ?? 'info';
}

/** This process's own time, pid and host stand in the line already. */
function withError({ time, pid, hostname, stack, ...fields }: Record<string, unknown>) {
  return {
    ...fields,
    ...(pid === undefined ? {} : { childPid: pid }),
    ...(stack === undefined ? {} : { err: { stack } }),
  };
}

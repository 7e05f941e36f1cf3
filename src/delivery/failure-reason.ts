import { inspect } from 'node:util';
import { cut } from '../errors/cut.js';

/** What was thrown, as texts that any queue takes and any reader of JSON reads. */
export interface FailureReason {
  /** The error's class; of what is no Error its type. */
  readonly name: string;
  readonly message: string;
  readonly code: string | undefined;
  readonly stack: string | undefined;
}

/** Most characters of each; what is longer is cut. Together they leave room in a queue that takes 64 KiB. */
const LIMITS = { name: 256, message: 4096, code: 256, stack: 4096 } as const;

/** Never throws, whatever was thrown: a getter may throw, and so may a proxy. */
export function failureReason(thrown: unknown): FailureReason {
  const text = (property: keyof typeof LIMITS) => {
    const value = propertyOf(thrown, property);
    return value === undefined ? undefined : cut(value, LIMITS[property]);
  };
  const ofError = thrown instanceof Error;
  return {
    name: text('name') ?? typeof thrown,
    message: (ofError ? text('message') : undefined) ?? cut(inspected(thrown), LIMITS.message),
    code: text('code'),
    stack: text('stack'),
  };
}

function propertyOf(thrown: unknown, property: string): string | undefined {
  try {
    const value = (thrown as Record<string, unknown> | null | undefined)?.[property];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  } catch {
    return undefined;
  }
}

function inspected(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown;
  try {
    return inspect(thrown, { depth: 1, breakLength: Infinity });
  } catch {
    return 'what was thrown can not be shown';
  }
}

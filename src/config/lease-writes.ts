import type { Given } from './sources.js';

/** KCL's defaults. */
const FAILOVER_TIME_MS = 10_000;
const NEW_TABLE_UNITS = 10;

/** What the configuration says of the writes to the lease table. */
export interface LeaseWrites {
  /** A lease is renewed three times in it. */
  readonly failoverTimeMillis: number;
  /** Write units of a lease table that KCL makes; undefined on demand. */
  readonly newTableUnits: number | undefined;
}

/** As KCL writes where nothing is configured. */
export const DEFAULT_LEASE_WRITES: LeaseWrites = {
  failoverTimeMillis: FAILOVER_TIME_MS,
  newTableUnits: undefined,
};

export function leaseWritesOf(given: Map<string, Given>): LeaseWrites {
  const positive = (key: string) => {
    const number = Number(given.get(key)?.text);
    return number > 0 ? number : undefined;
  };
  const isProvisioned = given.get('billingMode')?.text.trim().toUpperCase() === 'PROVISIONED';
  return {
    failoverTimeMillis: positive('failoverTimeMillis') ?? FAILOVER_TIME_MS,
    newTableUnits: isProvisioned
      ? (positive('initialLeaseTableWriteCapacity') ?? NEW_TABLE_UNITS)
      : undefined,
  };
}

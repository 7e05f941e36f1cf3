import {
  type CallFailure,
  type FailingCall,
  type HeldLease,
  HeldLeases,
} from '../../../src/monitoring/held-leases.js';
import { STREAM } from '../../helpers/stream.js';

export const DENIED: CallFailure = {
  operation: 'GetShardIterator',
  code: 'AccessDeniedException',
  message: 'User: x is not authorized',
  since: 1_700_000_000_000,
  count: 7,
};

export const EXPIRED: FailingCall = {
  service: 'Kinesis',
  operation: 'GetRecords',
  code: 'ExpiredTokenException',
  message: 'The security token included in the request is expired',
  credentials: true,
  since: 1_700_000_000_000,
  count: 3,
};

export function readLease(shard: string): HeldLease {
  return { stream: STREAM.arn, shard, state: 'read' };
}

export function notRead(shard: string, failures: Record<string, number> = {}): HeldLease {
  return {
    stream: STREAM.arn,
    shard,
    state: 'not read',
    since: 1_700_000_000_000,
    initialized: false,
    failure: DENIED,
    failures,
  };
}

/** As reported so long ago, in ms. */
export function heldLeases(leases: readonly HeldLease[], agoMs = 0): HeldLeases {
  const held = new HeldLeases();
  held.take({ leases, failingCalls: [] }, performance.now() - agoMs);
  return held;
}

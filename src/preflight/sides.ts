import type { StreamArn } from '../aws/arn.js';
import type { FixedBy } from './check.js';
import type { Denial } from './denial.js';

/** Who has a policy. */
export type Side = Exclude<FixedBy, 'both'>;

type InAccount = Pick<StreamArn, 'account'>;

/** Who can change the policy of the stream's key: it need not be the stream's owner. */
export function ownerOfKey(key: InAccount | undefined, stream: InAccount): 'stream owner' | 'key owner' {
  return key === undefined || key.account === stream.account ? 'stream owner' : 'key owner';
}

/** What AWS says of the key's use: what its text calls resource-based is of the key. */
export function denialOfKey(denial: Denial, key: InAccount | undefined, stream: InAccount): Denial {
  return denial.fixedBy === 'stream owner' ? { ...denial, fixedBy: ownerOfKey(key, stream) } : denial;
}

import type { Denial } from './denial.js';
import type { PolicyInForce } from './policy-in-force.js';

/** An action that was denied, as far as it is known why. */
export interface Lack {
  /** Such as kinesis:GetRecords. */
  readonly action: string;
  /** The ARN of what it is done to; `*` where the action knows none. For a key perhaps that of its alias. */
  readonly resource: string;
  readonly denial: Denial;
  /**
   * What KMS answered to a Decrypt that the reader called by itself: it gives a reason, and Kinesis gives none. Policies
   * may distinguish the two calls by kms:ViaService.
   */
  readonly direct?: Denial | 'allowed';
  /** The policy of the stream, consumer or key, where these credentials may read it. */
  readonly inForce?: PolicyInForce;
}

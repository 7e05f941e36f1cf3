import type { Denial } from './denial.js';

/** An action that was denied, as far as it is known why. */
export interface Lack {
  /** Such as kinesis:GetRecords. */
  readonly action: string;
  /** The ARN of what it is done to; `*` where the action knows none. */
  readonly resource: string;
  readonly denial: Denial;
}

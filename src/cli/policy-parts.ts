import { ConfigurationError } from '../errors/errors.js';
import type { ShareRequest } from '../policy/read-request.js';

/** The policies of the owner's side, which can be compared and changed. */
export const OWNER_PARTS = ['stream', 'consumer', 'key'] as const;
/** All that can be printed. */
export const PARTS = [...OWNER_PARTS, 'reader'] as const;

export type OwnerPart = (typeof OWNER_PARTS)[number];

/** @throws ConfigurationError with `consumer` where none is given */
export function checkPart(only: OwnerPart | undefined, { consumer }: ShareRequest): void {
  if (only === 'consumer' && !consumer) throw missingPart('consumer', '--consumer-arn');
}

export function missingPart(part: string, flag: string): ConfigurationError {
  return new ConfigurationError([{ key: flag, message: `is missing; --only ${part} needs it` }]);
}

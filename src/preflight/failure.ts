import type { StreamArn } from '../aws/arn.js';
import { readFailure } from '../aws/call-error.js';
import { type DenialReason, readDenial } from '../aws/known-errors/denial-text.js';
import type { FixedBy } from '../aws/known-errors/known-error.js';
import { isNamed } from '../aws/known-errors/known-errors.js';

/** A call, or what it makes Kinesis call. */
export interface Call {
  /** Such as kinesis:GetRecords. */
  readonly action: string;
  /** The ARN of what it is done to; `*` where the action knows none. For a key perhaps that of its alias. */
  readonly resource: string;
}

/** An action that was denied, as far as it is known why. */
export interface DeniedAction extends Call {
  readonly denial: DenialReason;
  /**
   * What KMS answered to a Decrypt that the reader called by itself: it gives a reason, and Kinesis gives none. Policies
   * may distinguish the two calls by kms:ViaService.
   */
  readonly direct?: DenialReason | 'allowed';
  /** The policy of the stream, consumer or key, where these credentials may read it. */
  readonly inForce?: PolicyInForce;
}

/** A policy on the owner's side, and what it says of an action that was denied. */
export interface PolicyInForce {
  readonly policy: 'stream' | 'consumer' | 'key';
  /** The ARN of what has the policy. */
  readonly attachedTo: string;
  /** Whether the reader's statement is in it. */
  readonly hasStatement: boolean;
  /** Whether it denies the action to every call of the reader, or to some. */
  readonly denies: 'always' | 'sometimes' | 'never';
  /** What in it denies the action to the reader or limits what it allows, as `policy diff` says it. */
  readonly cautions: readonly string[];
}

/** What a call that failed shows: `failed` where AWS refused it, `error` where the answer does not show what the policies allow. */
export interface Failure {
  readonly status: 'failed' | 'error';
  readonly message: string;
  /** Where it is another side than the check's own. */
  readonly fixedBy?: FixedBy;
  /** A permission that is missing: the statement that gives it is worked out from it. */
  readonly denied?: DeniedAction;
  /** What else to do, where a statement is not the remedy. */
  readonly remedy?: string;
}

export function failureOf(error: unknown, call: Call): Failure {
  const { action } = call;
  const { id, kind, fixedBy, reason, remedy } = readFailure(error, action);
  switch (kind) {
    case 'denied':
    case 'barred': {
      const denial = readDenial(reason);
      const named = deniedCall(reason, call, id === 'key-denied' || isNamed(error, 'key-denied'));
      return { status: 'failed', message: reason, fixedBy: denial.fixedBy, denied: { ...named, denial } };
    }
    case 'credentials':
      return { status: 'failed', fixedBy, message: reason, remedy };
    case 'missing':
    case 'refused':
      return { status: 'failed', fixedBy, message: `${action}: ${reason}`, remedy };
    case 'throttled':
      return { status: 'error', message: `AWS throttles ${action}: ${reason}`, remedy };
    case 'unreachable':
      return id === 'no-answer'
        ? { status: 'error', message: `${action} got no answer in time`, remedy }
        : { status: 'error', message: `${action} could not be called: ${reason}`, remedy };
    case 'unclear':
      return { status: 'error', message: `${action}: ${reason}`, remedy };
  }
}

const NAMED_CALL = /is not authorized to perform: ([\w-]+:\w+)(?: on resource: (\S+?)(?=[.,;]?(?: |$)))?/;

/** Of what was called, or of a call that it makes for the caller, as Kinesis does to KMS. */
function deniedCall(text: string, call: Call, ofKey: boolean): Call {
  const [, named, resource = '*'] = NAMED_CALL.exec(text.replaceAll(/\s+/g, ' ')) ?? [];
  if (named !== undefined && named.toLowerCase() !== call.action.toLowerCase()) {
    return { action: named, resource };
  }
  if (ofKey && !call.action.startsWith('kms:')) return { action: 'kms:Decrypt', resource: '*' };
  return call.resource === '*' ? { ...call, resource } : call;
}

/** Who has a policy. */
export type Side = Exclude<FixedBy, 'both'>;

type InAccount = Pick<StreamArn, 'account'>;

/** Who can change the policy of the stream's key: it need not be the stream's owner. */
export function ownerOfKey(key: InAccount | undefined, stream: InAccount): 'stream owner' | 'key owner' {
  return key === undefined || key.account === stream.account ? 'stream owner' : 'key owner';
}

/** What AWS says of the key's use: what its text calls resource-based is of the key. */
export function denialOfKey(
  denial: DenialReason,
  key: InAccount | undefined,
  stream: InAccount,
): DenialReason {
  return denial.fixedBy === 'stream owner' ? { ...denial, fixedBy: ownerOfKey(key, stream) } : denial;
}

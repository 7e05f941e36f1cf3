import type { NamedKey } from '../../aws/key-arn.js';
import { readDenial } from '../../aws/known-errors/denial-text.js';
import { isDenied, isNamed, isOfKms, lookUp } from '../../aws/known-errors/known-errors.js';
import { type Check, defineCheck, passed, type Verdict } from '../check.js';
import { decryptDryRun, evidenceOf, isAllowed, NOT_DRY, withArn } from '../decrypt-dry-run.js';
import { denialOfKey, failureOf, ownerOfKey } from '../failure.js';
import type { StreamKey } from '../stream-key.js';
import type { StreamTarget } from '../target.js';
import { remedyForKey } from './encryption.js';
import type { ReadProof } from './read-records.js';

/**
 * Whether records can be decrypted. A record that was read is the proof. Without one KMS is asked for a dry run, as a
 * second opinion: it is refused where the policies allow Decrypt only through Kinesis, as those of the policy tool do.
 */
export function decryptCheck(
  target: StreamTarget,
  encryption: Check<StreamKey>,
  read: Check<ReadProof>,
): Check {
  return defineCheck({
    id: 'decrypt',
    asserts: "can decrypt the stream's records",
    fixedBy: 'both',
    needs: [encryption, read],
    async run([key, proof], signal): Promise<Verdict<undefined>> {
      if (proof.kmsError) return refused(target, proof.kmsError, key, signal);
      if (proof.decrypted) return passed('a record was decrypted', undefined);
      if (key === undefined) return { status: 'skipped', message: 'the stream is not encrypted' };
      return unproven(target, key, signal);
    },
  });
}

/** Kinesis gives no reason, and KMS may give one. */
async function refused(
  target: StreamTarget,
  error: Error,
  named: StreamKey,
  signal: AbortSignal,
): Promise<Verdict<undefined>> {
  const key = named && (await withArn(target, named, signal));
  const verdict = explain(error, key, target);
  const { denied } = verdict;
  if (
    denied === undefined ||
    key === undefined ||
    denied.denial.policy !== undefined ||
    denied.denial.explicit
  ) {
    return verdict;
  }
  const direct = evidenceOf(await decryptDryRun(target, key, signal), key, target);
  return direct === undefined ? verdict : { ...verdict, denied: { ...denied, direct } };
}

async function unproven(
  target: StreamTarget,
  key: NamedKey,
  signal: AbortSignal,
): Promise<Verdict<undefined>> {
  const attempt = { action: 'kms:Decrypt', resource: key.arn };
  const inconclusive = 'inconclusive: no encrypted record was found that would prove it';
  const error = await decryptDryRun(target, key, signal);
  if (isAllowed(error)) {
    return passed(
      'a dry run of Decrypt is allowed; no encrypted record was found that would prove more',
      undefined,
    );
  }
  if (error.name === NOT_DRY) return { status: 'error', message: error.message };
  if (isDenied(error)) {
    const direct = evidenceOf(error, key, target);
    return {
      status: 'warning',
      message: `${inconclusive}, and a dry run of Decrypt is refused, as it is where Decrypt is allowed only through Kinesis`,
      remedy: `Put a record into the stream, or ask the key's owner, account ${key.account}, whether the key's policy has the statement below.`,
      // Whose policy refuses the direct call says nothing of the one by way of Kinesis.
      denied: { ...attempt, denial: readDenial(''), ...(direct !== undefined && { direct }) },
    };
  }
  // Emulators decrypt although it is a dry run, and there is no ciphertext.
  if (error.name === 'InvalidCiphertextException') {
    return {
      status: 'warning',
      message: `${inconclusive}, and this KMS, an emulator's, does not support dry runs`,
      remedy: 'Put a record into the stream.',
    };
  }
  const verdict = isKmsState(error) ? explain(error, key, target) : failureOf(error, attempt);
  return verdict.status === 'error'
    ? { ...verdict, status: 'warning', message: `${inconclusive}, and ${verdict.message}` }
    : verdict;
}

const isKmsState = (error: unknown) => isOfKms(error) || isNamed(error, 'key-disabled', 'key-missing');

/** What Kinesis, or KMS itself, answers when the key can't be used. */
function explain(error: Error, key: StreamKey, { stream }: Pick<StreamTarget, 'stream'>): Verdict<undefined> {
  const { name, message } = error;
  const { id, kind, ...known } = lookUp(error, 'kms:Decrypt');
  const remedy = key ? remedyForKey(known.remedy, key) : known.remedy;
  const text = `${name}: ${message}${key ? ` (${key.arn}, account ${key.account})` : ''}`;
  if (kind === 'denied' || kind === 'barred') {
    const denial = denialOfKey(readDenial(message), key, stream);
    const denied = { action: 'kms:Decrypt', resource: key?.arn ?? '*', denial };
    return { status: 'failed', message, fixedBy: denial.fixedBy, denied };
  }
  if (kind === 'throttled') return { status: 'error', message: `KMS throttles: ${text}`, remedy };
  if (kind === 'unclear') return { status: 'error', message: text, remedy };
  // Then the stream's owner moves the stream to another key, also where the key was another account's.
  const gone = id === 'key-gone' || id === 'key-missing';
  const fixedBy = known.fixedBy === 'reader' ? 'reader' : gone ? 'stream owner' : ownerOfKey(key, stream);
  return { status: 'failed', fixedBy, message: text, remedy };
}

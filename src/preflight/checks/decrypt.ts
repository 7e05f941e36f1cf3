import { DecryptCommand, DryRunModifierType } from '@aws-sdk/client-kms';
import type { KeyArn } from '../../aws/key-arn.js';
import { type Check, defineCheck, passed, type Verdict } from '../check.js';
import { readDenial } from '../denial.js';
import { failureOf, isDenied } from '../failure.js';
import { limited } from '../limit.js';
import type { StreamTarget } from '../target.js';
import { KMS_LIMIT_MS, keyCommand, restoreKey, type StreamKey } from './encryption.js';
import { isKmsError, type ReadProof } from './read-records.js';

/**
 * Whether records can be decrypted. A record that was read is the proof. Without one KMS is asked for a dry run, as a
 * second opinion: it is refused where the policies allow Decrypt by way of Kinesis alone, as those of the policy tool do.
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
      if (proof.kmsError) return explain(proof.kmsError, key);
      if (key === undefined) return { status: 'skipped', message: 'no key is known' };
      if (proof.decrypted) return passed('a record was decrypted', undefined);
      return dryRun(target, key, signal);
    },
  });
}

async function dryRun(
  { kms, stream }: StreamTarget,
  key: KeyArn,
  signal: AbortSignal,
): Promise<Verdict<undefined>> {
  const attempt = { action: 'kms:Decrypt', resource: key.arn };
  const inconclusive = 'inconclusive: no encrypted record was found that would prove it';
  try {
    const command = new DecryptCommand({
      KeyId: key.arn,
      EncryptionContext: { 'aws:kinesis:arn': stream.arn },
      DryRun: true,
      DryRunModifiers: [DryRunModifierType.IGNORE_CIPHERTEXT],
    });
    await kms.send(command, {
      abortSignal: limited(KMS_LIMIT_MS, signal),
    });
    return { status: 'error', message: 'KMS decrypted in a dry run' };
  } catch (error) {
    if ((error as Error).name === 'DryRunOperationException') {
      return passed(
        'a dry run of Decrypt is allowed; no encrypted record was found that would prove more',
        undefined,
      );
    }
    if (isDenied(error)) {
      const denial = readDenial((error as Error).message);
      return {
        status: 'warning',
        message: `${inconclusive}, and a dry run of Decrypt is refused, as it is where Decrypt is allowed by way of Kinesis alone`,
        cure: "Put a record into the stream, or ask the owner whether the key's policy has the statement below.",
        // Whose policy refuses the direct call says nothing of the one by way of Kinesis.
        lack: { ...attempt, denial: denial.explicit ? denial : readDenial('') },
      };
    }
    // Emulators decrypt although it is a dry run, and there is no ciphertext.
    if ((error as Error).name === 'InvalidCiphertextException') {
      return {
        status: 'warning',
        message: `${inconclusive}, and this KMS, an emulator's, makes no dry run of Decrypt`,
        cure: 'Put a record into the stream.',
      };
    }
    const verdict = isKmsState(error) ? explain(error as Error, key) : failureOf(error, attempt);
    return verdict.status === 'error'
      ? { ...verdict, status: 'warning', message: `${inconclusive}, and ${verdict.message}` }
      : verdict;
  }
}

const isKmsState = (error: unknown) =>
  isKmsError(error) || ['DisabledException', 'NotFoundException'].includes((error as Error).name);

/** What Kinesis, or KMS itself, answers when the key can't be used. */
export function explain({ name, message }: Error, key: StreamKey): Verdict<undefined> {
  const of = key === undefined ? 'the key' : key.arn;
  const owner = key === undefined ? "the key's owner" : `account ${key.account}`;
  switch (name.replace(/^KMS|^Kms/, '')) {
    case 'AccessDeniedException': {
      const denial = readDenial(message);
      return {
        status: 'failed',
        message,
        fixedBy: denial.fixedBy,
        lack: { action: 'kms:Decrypt', resource: key?.arn ?? '*', denial },
      };
    }
    case 'DisabledException':
      return ownerMust(
        `${of} is disabled: ${message}`,
        `${owner} must enable it${key ? `: ${keyCommand('enable-key', key)}` : '.'}`,
      );
    case 'InvalidStateException':
      return ownerMust(
        `${of} can't be used: ${message}`,
        `If it is pending deletion, ${owner} must stop that, and enable it${key ? `: ${restoreKey(key)}` : '.'}`,
      );
    case 'NotFoundException':
      return ownerMust(
        `${of} does not exist: ${message}`,
        'Records that were put under it are lost; its owner must move the stream to another key.',
      );
    case 'OptInRequired':
      return ownerMust(`KMS is not to be used by ${owner}: ${message}`, `${owner} must sign up for KMS.`);
    case 'ThrottlingException':
      return {
        status: 'error',
        message: `KMS throttles: ${message}`,
        cure: `Try again; ${owner} can ask for a higher request quota of KMS.`,
      };
    default:
      return { status: 'error', message: `${name}: ${message}` };
  }
}

function ownerMust(message: string, cure: string): Verdict<undefined> {
  return { status: 'failed', fixedBy: 'stream owner', message, cure };
}

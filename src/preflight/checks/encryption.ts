import { DescribeKeyCommand } from '@aws-sdk/client-kms';
import { isAwsManagedAlias, keyOfStream, type NamedKey } from '../../aws/key-arn.js';
import { isDenied, isNamed, KNOWN_ERRORS } from '../../aws/known-errors/known-errors.js';
import { option, shellCommand } from '../../errors/shell-command.js';
import { deadlineSignal } from '../../errors/time-limit.js';
import { type Check, defineCheck, passed, type Verdict } from '../check.js';
import { KMS_LIMIT_MS } from '../decrypt-dry-run.js';
import { KEY_ARN } from '../denial-causes-policies.js';
import { failureOf, ownerOfKey } from '../failure.js';
import type { StreamKey } from '../stream-key.js';
import type { StreamTarget } from '../target.js';
import type { Summary } from './stream-summary.js';

export function encryptionCheck({ stream }: StreamTarget, summary: Check<Summary>): Check<StreamKey> {
  return defineCheck({
    id: 'encryption',
    asserts: 'is not encrypted with a key that can not be shared',
    fixedBy: 'stream owner',
    needs: [summary],
    async run([{ EncryptionType, KeyId = '' }]): Promise<Verdict<StreamKey>> {
      if (EncryptionType !== 'KMS') return passed('the stream is not encrypted', undefined);
      if (isAwsManagedAlias(KeyId)) {
        return {
          status: 'failed',
          message: 'the stream is encrypted with the AWS managed key, which can not be shared',
          remedy:
            `Account ${stream.account} must move the stream to a customer managed key: ` +
            '`cross-account-kcl policy apply` prints the steps.',
        };
      }
      const key = keyOfStream(KeyId, stream);
      const foreign =
        key.account === stream.account ? '' : ` of account ${key.account}, which is not the stream's owner`;
      const what =
        key.key === undefined
          ? 'customer managed key, which Kinesis names by the alias'
          : 'customer managed key';
      return passed(`${what} ${key.arn}${foreign}`, key);
    },
  });
}

/** The key's state, as far as it can be seen: reading does not need DescribeKey. */
export function keyStateCheck({ kms, stream }: StreamTarget, encryption: Check<StreamKey>): Check {
  return defineCheck({
    id: 'key-state',
    asserts: "the stream's key is enabled",
    fixedBy: 'stream owner',
    needs: [encryption],
    async run([key], signal): Promise<Verdict<undefined>> {
      if (key === undefined) return { status: 'skipped', message: 'the stream is not encrypted' };
      const fixedBy = ownerOfKey(key, stream);
      try {
        const answer = await kms.send(new DescribeKeyCommand({ KeyId: key.arn }), {
          abortSignal: deadlineSignal(KMS_LIMIT_MS, signal),
        });
        const { KeyState: state = 'UNKNOWN', Arn: arn } = answer.KeyMetadata ?? {};
        if (state === 'Enabled') return passed(key.key ? state : `${state}: ${arn}`, undefined);
        return {
          status: 'failed',
          fixedBy,
          message: `the key is ${state}: nobody can read the stream`,
          remedy: remedyForKey(KNOWN_ERRORS[state === 'Disabled' ? 'key-disabled' : 'key-state'].remedy, key),
        };
      } catch (error) {
        if (isDenied(error)) {
          return {
            status: 'skipped',
            message: 'kms:DescribeKey is not allowed, and reading does not need it',
          };
        }
        if (isNamed(error, 'key-missing')) {
          return {
            status: 'failed',
            message: `there is no such key: ${(error as Error).message}`,
            remedy:
              "The stream's owner must move the stream to another key; records under a deleted key are lost.",
          };
        }
        const failure = failureOf(error, { action: 'kms:DescribeKey', resource: key.arn });
        return failure.status === 'error'
          ? { status: 'skipped', message: `${failure.message}; reading does not need it` }
          : failure;
      }
    },
  });
}

/** The remedy with the key in its commands, and the account of its owner. */
export function remedyForKey(remedy: string, { arn, key, region, account }: NamedKey): string {
  // Only describe-key takes an alias.
  const id = shellCommand([
    ...option('--region', region),
    ...option('--key-id', key === undefined ? KEY_ARN : arn),
  ]);
  return remedy.replaceAll('--key-id …', id).replaceAll(/(the key's owner),?/gi, `$1, account ${account},`);
}

import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import { type KnownErrorId, lookUp } from '../../aws/known-errors/known-errors.js';
import type { ReaderArn } from '../../aws/reader-arn.js';
import { identityOf } from '../caller.js';
import { type Check, defineCheck, passed, type Verdict } from '../check.js';
import { failureOf } from '../failure.js';
import type { KnownIdentity } from './credentials.js';

/** A role that is assumed for the streams alone. */
export interface StreamRole {
  readonly reader: ReaderArn;
  /** Calls as that role. */
  readonly sts: STSClient;
}

/** No Deny is known: a statement is missing on one of both sides. */
const NOT_ALLOWED: readonly string[] = ['assume-role', 'denied'] satisfies KnownErrorId[];

/** Assumes the role, as the Kinesis client does: what is refused here says nothing of the stream. */
export function streamRoleCheck(
  { reader, sts }: StreamRole,
  identity: Check<KnownIdentity>,
): Check<KnownIdentity> {
  return defineCheck({
    id: 'stream-role',
    asserts: 'can assume the role that reads the stream',
    fixedBy: 'both',
    needs: [identity],
    async run(_needs, signal): Promise<Verdict<KnownIdentity>> {
      try {
        const answer = await sts.send(new GetCallerIdentityCommand({}), { abortSignal: signal });
        const { account, arn } = identityOf(answer.Arn ?? '', answer.Account ?? '');
        return passed(`${arn}: policies must name ${reader.arn}`, { account, arn, reader });
      } catch (error) {
        const action = 'sts:AssumeRole';
        if (!NOT_ALLOWED.includes(lookUp(error, action).id)) {
          return failureOf(error, { action, resource: reader.arn });
        }
        return {
          status: 'failed',
          message: (error as Error).message,
          remedy:
            `The trust policy of ${reader.arn} must let these credentials assume it, with the external id that is ` +
            'given (streamRoleExternalId), and their own IAM policy must allow sts:AssumeRole on it.',
        };
      }
    },
  });
}

import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import type { ReaderArn } from '../../aws/reader-arn.js';
import { identityOf } from '../caller.js';
import { type Check, defineCheck, passed, type Verdict } from '../check.js';
import { failureOf, isDenied } from '../failure.js';
import type { KnownIdentity } from './credentials.js';

/** A role that is assumed for the streams alone. */
export interface StreamRole {
  readonly reader: ReaderArn;
  /** Calls as that role. */
  readonly sts: STSClient;
}

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
        if (!isDenied(error)) return failureOf(error, { action: 'sts:AssumeRole', resource: reader.arn });
        return {
          status: 'failed',
          message: error.message,
          cure:
            `The trust policy of ${reader.arn} must let these credentials assume it, with the external id that is ` +
            'given (streamRoleExternalId), and their own IAM policy must allow sts:AssumeRole on it.',
        };
      }
    },
  });
}

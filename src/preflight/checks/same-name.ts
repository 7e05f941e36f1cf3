import { DescribeStreamSummaryCommand } from '@aws-sdk/client-kinesis';
import { isDenied, isMissing } from '../../aws/known-errors/known-errors.js';
import { type Check, defineCheck, passed, type Verdict } from '../check.js';
import { failureOf } from '../failure.js';
import type { StreamTarget } from '../target.js';
import type { KnownIdentity } from './credentials.js';

/** Whatever takes the stream's name alone, such as the stock MultiLangDaemon, reads that one instead. */
export function sameNameCheck(
  { stream, kinesis, pace }: StreamTarget,
  identity: Check<KnownIdentity>,
): Check {
  return defineCheck({
    id: 'same-name',
    asserts: 'has no stream of the same name in the own account',
    fixedBy: 'reader',
    needs: [identity],
    async run([caller], signal): Promise<Verdict<undefined>> {
      if (caller === undefined || caller.account === stream.account) {
        return { status: 'skipped', message: 'the stream is not known to be of another account' };
      }
      const own = `arn:${stream.partition}:kinesis:${stream.region}:${caller.account}:stream/${stream.streamName}`;
      try {
        await pace.sameName(signal);
        await kinesis.send(new DescribeStreamSummaryCommand({ StreamARN: own }), { abortSignal: signal });
        return {
          status: 'warning',
          message: `${own} exists: what is given the name alone, as the stock MultiLangDaemon is, reads that one`,
          remedy: 'cross-account-kcl reads by the ARN. Rename one of them if other readers go by the name.',
        };
      } catch (error) {
        if (isMissing(error)) return passed('there is none', undefined);
        if (isDenied(error)) {
          return { status: 'skipped', message: 'this role may not look into its own account, and need not' };
        }
        return failureOf(error, { action: 'kinesis:DescribeStreamSummary', resource: own });
      }
    },
  });
}

import { type CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { isNamed } from '../../aws/known-errors/known-errors.js';
import { type Check, defineCheck, passed, type Verdict } from '../check.js';
import { ownFailure } from '../target.js';
import type { KnownIdentity } from './credentials.js';

export interface MetricsTarget {
  /** The application's name: the policy names it. */
  readonly namespace: string;
  readonly level: string;
  readonly cloudwatch: CloudWatchClient;
}

/** Sends no metric, so that none is stored. */
export function metricsCheck(
  { namespace, level, cloudwatch }: MetricsTarget,
  identity: Check<KnownIdentity>,
): Check {
  return defineCheck({
    id: 'metrics',
    asserts: "can send KCL's metrics to CloudWatch",
    fixedBy: 'reader',
    needs: [identity],
    async run(_needs, signal): Promise<Verdict<undefined>> {
      if (level === 'NONE') return { status: 'skipped', message: 'metricsLevel is NONE: none are sent' };
      try {
        const command = new PutMetricDataCommand({ Namespace: namespace, MetricData: [] });
        await cloudwatch.send(command, { abortSignal: signal });
        return passed('allowed', undefined);
      } catch (error) {
        // It says so only to those who may send.
        if (isNamed(error, 'invalid-value')) {
          return passed(`allowed in ${namespace}, as far as it can be told without sending one`, undefined);
        }
        const failure = ownFailure(error, { action: 'cloudwatch:PutMetricData', resource: '*' });
        return failure.denied
          ? { ...failure, remedy: 'Or set metricsLevel = NONE: KCL reads without its metrics too.' }
          : failure;
      }
    },
  });
}

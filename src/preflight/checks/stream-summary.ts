import { DescribeStreamCommand, type StreamDescriptionSummary } from '@aws-sdk/client-kinesis';
import type { StreamArn } from '../../aws/arn.js';
import { isMissing } from '../../aws/known-errors/known-errors.js';
import { READABLE, streamHint } from '../../leases/check-stream.js';
import { type Check, defineCheck, passed, type Verdict } from '../check.js';
import { failureOf } from '../failure.js';
import type { StreamTarget } from '../target.js';
import type { KnownIdentity } from './credentials.js';

export type Summary = Partial<StreamDescriptionSummary>;

export function streamSummaryCheck(
  { stream, lookup }: StreamTarget,
  identity: Check<KnownIdentity>,
): Check<Summary> {
  return defineCheck({
    id: 'stream-summary',
    asserts: 'can describe the stream by its ARN, and it is ACTIVE',
    fixedBy: 'both',
    needs: [identity],
    async run(): Promise<Verdict<Summary>> {
      try {
        const summary = await lookup.summary();
        if (summary?.StreamARN !== stream.arn) {
          return {
            status: 'error',
            message: `the answer is of ${summary?.StreamARN ?? 'no stream'}: it is not one of Kinesis, or of another stream`,
            remedy: 'Look at the endpoint.',
          };
        }
        return judge(summary, stream);
      } catch (error) {
        if (isMissing(error)) return missing(stream, error);
        return failureOf(error, { action: 'kinesis:DescribeStreamSummary', resource: stream.arn });
      }
    },
  });
}

/** Lambda asks for it; KCL 3.5 does not, so that for KCL it is no failure. */
export function describeStreamCheck(
  { stream, kinesis, for: by, pace }: StreamTarget,
  identity: Check<KnownIdentity>,
): Check {
  return defineCheck({
    id: 'describe-stream',
    asserts: 'can call DescribeStream, which Lambda needs',
    fixedBy: 'both',
    needs: [identity],
    async run(_needs, signal): Promise<Verdict<undefined>> {
      try {
        await pace.describe(signal);
        await kinesis.send(new DescribeStreamCommand({ StreamARN: stream.arn, Limit: 1 }), {
          abortSignal: signal,
        });
        return passed('allowed', undefined);
      } catch (error) {
        if (isMissing(error)) return missing(stream, error);
        const failure = failureOf(error, { action: 'kinesis:DescribeStream', resource: stream.arn });
        if (by === 'lambda' || failure.status !== 'failed' || !failure.denied) return failure;
        return { status: 'passed', message: 'not allowed; KCL does not need it, Lambda would' };
      }
    },
  });
}

function missing(stream: StreamArn, { message }: Error): Verdict<never> {
  return {
    status: 'failed',
    fixedBy: 'both',
    message: `there is no such stream: ${message}`,
    remedy: streamHint(stream, undefined),
  };
}

function judge(summary: Summary, stream: StreamArn): Verdict<Summary> {
  const { StreamStatus: status = 'UNKNOWN', OpenShardCount, RetentionPeriodHours } = summary;
  const mode = summary.StreamModeDetails?.StreamMode ?? 'PROVISIONED';
  const encryption = summary.EncryptionType === 'KMS' ? `encrypted with ${summary.KeyId}` : 'not encrypted';
  const facts = `${status}, ${OpenShardCount} open shards, ${mode}, kept for ${RetentionPeriodHours} h, ${encryption}`;
  if (READABLE.includes(status)) return passed(facts, summary);
  return {
    status: 'failed',
    fixedBy: 'stream owner',
    message: `its status is ${status}, and ACTIVE is needed`,
    remedy: streamHint(stream, status),
  };
}

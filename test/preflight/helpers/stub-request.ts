import { parseConsumerArn, parseStreamArn } from '../../../src/aws/arn.js';
import type { PreflightRequest } from '../../../src/preflight/preflight.js';

export const STREAM = parseStreamArn('arn:aws:kinesis:us-east-1:111111111111:stream/orders');
export const CONSUMER = parseConsumerArn(`${STREAM.arn}/consumer/shared:1700000000`);
const SESSION = 'arn:aws:sts::222222222222:assumed-role/orders-reader/worker';

type Answer = object | Error;

export function denied(action: string, because = ''): Error {
  const error = new Error(
    `User: ${SESSION} is not authorized to perform: ${action} on resource: ${STREAM.arn}${because}`,
  );
  error.name = 'AccessDeniedException';
  return error;
}

/** A request whose clients answer by the names of the calls. */
export function stubRequest(
  answers: Readonly<Record<string, Answer>>,
  rest: Partial<PreflightRequest> = {},
): PreflightRequest {
  const all: Readonly<Record<string, Answer>> = {
    GetCallerIdentity: { Account: '222222222222', Arn: SESSION },
    DescribeStreamSummary: {
      StreamDescriptionSummary: { StreamStatus: 'ACTIVE', OpenShardCount: 1, RetentionPeriodHours: 24 },
    },
    DescribeStream: {},
    ListShards: { Shards: [{ ShardId: 'shardId-000000000000' }] },
    GetShardIterator: { ShardIterator: 'x' },
    GetRecords: { Records: [{}] },
    ...answers,
  };
  const client = {
    async send(command: object) {
      const answer = all[command.constructor.name.replace(/Command$/, '')];
      if (answer === undefined) throw new Error(`${command.constructor.name} is not answered here`);
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  const clients = { sts: client, kinesis: client, kms: client } as unknown as PreflightRequest['clients'];
  return { for: 'lambda', region: STREAM.region, streams: [{ stream: STREAM }], clients, ...rest };
}

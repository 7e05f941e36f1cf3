import { tmpdir } from 'node:os';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { KMSClient } from '@aws-sdk/client-kms';
import { STSClient } from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { parseConsumerArn, parseStreamArn } from '../../../src/aws/arn.js';
import type { ReaderType } from '../../../src/policy/actions.js';
import { type PreflightRequest, preflight } from '../../../src/preflight/preflight.js';
import type { MissingStatement } from '../../../src/preflight/remedy.js';
import type { CheckReport, PreflightReport } from '../../../src/preflight/report.js';
import type { RunOptions } from '../../../src/preflight/runner.js';
import { READER, type Share } from '../../matrix/helpers/share.js';

/** About the machine or the network, and not what the lab enforces. */
export const OF_MACHINE = ['endpoints', 'clock', 'java', 'kcl-version', 'run-directory'] as const;

/** Runs preflight as the reader, with the credentials in that environment. */
export async function checkShare(
  share: Pick<Share, 'lab' | 'streamArn' | 'consumerArn'>,
  env: Record<string, string>,
  by: ReaderType,
  application = 'orders-app',
  options: RunOptions = { skip: OF_MACHINE },
  changes: Partial<PreflightRequest> = {},
): Promise<PreflightReport> {
  const client = {
    region: share.lab.region,
    endpoint: share.lab.gate.endpoint,
    credentials: {
      accessKeyId: env.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '',
      sessionToken: env.AWS_SESSION_TOKEN ?? '',
    },
    maxAttempts: 1,
  };
  const stream = parseStreamArn(share.streamArn);
  const consumer = share.consumerArn === undefined ? undefined : parseConsumerArn(share.consumerArn);
  const clients = {
    sts: new STSClient(client),
    kms: new KMSClient(client),
    kinesis: new KinesisClient({ ...client, requestHandler: new NodeHttpHandler() }),
  };
  const dynamodb = new DynamoDBClient(client);
  const cloudwatch = new CloudWatchClient(client);
  try {
    return await preflight(
      {
        for: by,
        streams: [{ stream, consumer }],
        region: stream.region,
        reader: READER,
        clients,
        ...(by === 'kcl' && {
          application: {
            name: application,
            leaseTable: application,
            region: share.lab.region,
            metricsLevel: 'SUMMARY',
            streams: [{ stream, consumer, creationEpoch: undefined, initialPosition: undefined }],
            allowEpochChange: false,
            runDirectory: tmpdir(),
            dynamodb,
            cloudwatch,
          },
        }),
        ...changes,
      },
      options,
    );
  } finally {
    for (const opened of [...Object.values(clients), dynamodb, cloudwatch]) opened.destroy();
  }
}

/** The checks that do not hold, each with who is to fix it. */
export function broken({ checks }: PreflightReport): Record<string, string> {
  return Object.fromEntries(
    checks
      .filter(({ status }) => status === 'failed' || status === 'error')
      .map(({ id, fixedBy }) => [id, fixedBy]),
  );
}

export function found({ checks }: PreflightReport, id: string): CheckReport {
  const check = checks.find((one) => one.id === id);
  if (check === undefined) throw new Error(`there is no check ${id}`);
  return check;
}

export const statementsOf = ({ checks }: PreflightReport): MissingStatement[] =>
  checks.filter(({ status }) => status === 'failed').flatMap(({ statements }) => statements);

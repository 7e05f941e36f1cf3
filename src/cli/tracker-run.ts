import { createDynamoDBClient, createKinesisClient } from '../aws/clients.js';
import { reportTrackers } from '../leases/tracker-report.js';
import { type LeaseTableOptions, leaseTableTarget } from './lease-table-options.js';
import { renderTrackers, type TrackerOutput } from './tracker-output.js';

export interface TrackerOptions extends LeaseTableOptions {
  kinesisEndpoint?: string;
  streamRoleArn?: string;
  streamRoleExternalId?: string;
  output: TrackerOutput;
}

/** @throws ConfigurationError | AccessError */
export async function printTrackers(options: TrackerOptions): Promise<void> {
  const { streams, tables, region, leaseTableRegion } = leaseTableTarget(options);
  const leaseTable = tables?.lease;
  const { streamRoleArn: arn, streamRoleExternalId: externalId, kinesisEndpoint, dynamoDbEndpoint } = options;
  const role = arn === undefined ? undefined : { arn, externalId };
  const kinesis = createKinesisClient({ region, endpoint: kinesisEndpoint, role });
  const dynamodb = createDynamoDBClient({ region: leaseTableRegion, endpoint: dynamoDbEndpoint });
  try {
    const report = await reportTrackers({ streams, leaseTable, region }, kinesis, dynamodb);
    process.stdout.write(renderTrackers(report, leaseTable, options.output));
  } finally {
    kinesis.destroy();
    dynamodb.destroy();
  }
}

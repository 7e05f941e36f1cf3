import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ListTablesCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';
import { parseStreamArn } from '../../../src/aws/arn.js';
import type { QueueUrl } from '../../../src/aws/queue-url.js';
import { parseReaderArn } from '../../../src/aws/reader-arn.js';
import type { StreamSource } from '../../../src/config/streams.js';
import type { ReadGrants } from '../../../src/policy/grants.js';
import type { Application } from '../../../src/preflight/checks/application-checks.js';
import { preflight } from '../../../src/preflight/preflight.js';
import type { PreflightReport } from '../../../src/preflight/report.js';
import type { RunOptions } from '../../../src/preflight/runner.js';
import { Share } from '../../matrix/helpers/share.js';

/** With the path that STS does not tell. */
const READER = parseReaderArn('arn:aws:iam::222222222222:role/apps/orders-reader');

/** A stream that is shared with the reader, whose applications are checked. */
export class ApplicationLab {
  readonly share: Share;

  private constructor(share: Share) {
    this.share = share;
  }

  static async open(shards = 1): Promise<ApplicationLab> {
    return new ApplicationLab(await Share.open({ for: 'kcl', shards }));
  }

  close(): Promise<void> {
    return this.share.lab.stop();
  }

  get region(): string {
    return this.share.lab.region;
  }

  /** The reader's DynamoDB, which lets it do everything. */
  get dynamodb(): DynamoDBClient {
    return this.share.lab.reader.dynamodb;
  }

  /** With these policies in force. */
  async check(
    grants: ReadGrants,
    application: string,
    given: Partial<Application> = {},
    options: RunOptions & { creationEpoch?: StreamSource['creationEpoch']; queue?: QueueUrl } = {},
  ): Promise<PreflightReport> {
    const env = await this.share.putInForce(grants);
    const credentials = {
      accessKeyId: env.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '',
      sessionToken: env.AWS_SESSION_TOKEN ?? '',
    };
    const to = { region: this.region, endpoint: this.share.lab.gate.endpoint, credentials };
    const stream = parseStreamArn(this.share.streamArn);
    const clients = { sts: new STSClient(to), kinesis: this.share.client(env), kms: new KMSClient(to) };
    const dynamodb = new DynamoDBClient(to);
    const cloudwatch = new CloudWatchClient(to);
    const sqs = new SQSClient(to);
    const { queue } = options;
    try {
      return await preflight(
        {
          for: 'kcl',
          streams: [{ stream }],
          region: this.region,
          reader: READER,
          clients,
          application: {
            name: application,
            leaseTable: application,
            region: this.region,
            metricsLevel: 'DETAILED',
            streams: [
              {
                stream,
                consumer: undefined,
                creationEpoch: options.creationEpoch,
                initialPosition: undefined,
              },
            ],
            allowEpochChange: false,
            runDirectory: '/tmp',
            // Jest runs in the project's folder, and what is tested is compiled elsewhere.
            launcherTarget: 'launcher/target',
            dynamodb,
            cloudwatch,
            failureQueue: queue && { queue, region: this.region, sqs },
            ...given,
          },
        },
        options,
      );
    } finally {
      for (const client of [...Object.values(clients), dynamodb, cloudwatch, sqs]) client.destroy();
    }
  }

  async makeOtherTable(TableName: string): Promise<void> {
    await this.dynamodb.send(
      new CreateTableCommand({
        TableName,
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
  }

  /** All tables of the reader's, and what stands in them. */
  async state(): Promise<unknown> {
    const { TableNames = [] } = await this.dynamodb.send(new ListTablesCommand({}));
    return await Promise.all(
      TableNames.map(async (TableName) => {
        const { Table } = await this.dynamodb.send(new DescribeTableCommand({ TableName }));
        const { Items } = await this.dynamodb.send(new ScanCommand({ TableName }));
        return { Table, Items };
      }),
    );
  }
}

/** The ids of those that are neither passed nor skipped. */
export function broken({ checks }: PreflightReport): string[] {
  return checks.filter(({ status }) => status !== 'passed' && status !== 'skipped').map(({ id }) => id);
}

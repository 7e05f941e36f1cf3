import { setTimeout as sleep } from 'node:timers/promises';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { KMSClient } from '@aws-sdk/client-kms';
import { SQSClient } from '@aws-sdk/client-sqs';
import { LocalstackContainer } from '@testcontainers/localstack';
import { REAPER_IMAGE } from 'testcontainers/build/reaper/reaper.js';
import { type Account, closeAccount, openAccount } from '../../../lab/account.js';
import { whyNotDocker } from './docker.js';

/** The last that starts without an account at LocalStack. LOCALSTACK_IMAGE names another, such as a mirror's. */
export const LOCALSTACK_IMAGE = process.env.LOCALSTACK_IMAGE ?? 'localstack/localstack:4.14.0';

const REGION = 'us-east-1';

export interface LocalStackAccount extends Account {
  kms: KMSClient;
  cloudwatch: CloudWatchClient;
  sqs: SQSClient;
}

/** A running LocalStack, in which an access key of 12 digits is that account's. */
export interface LocalStack {
  endpoint: string;
  owner: LocalStackAccount;
  reader: LocalStackAccount;
  stop(): Promise<void>;
}

/** @throws Error if the container does not start */
export async function startLocalStack(): Promise<LocalStack> {
  // It removes what a run that was killed has left; where its image can't be had that is left to the user.
  if (whyNotDocker([REAPER_IMAGE]) !== undefined) process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';
  const container = await new LocalstackContainer(LOCALSTACK_IMAGE)
    .withEnvironment({
      SERVICES: 'dynamodb,sts,kms,cloudwatch,kinesis,sqs',
      // Loaded at its first call, a service keeps that waiting for longer than preflight does on a slow machine.
      EAGER_SERVICE_LOADING: '1',
      KINESIS_LATENCY: '50',
      // Asked for by later releases.
      ...(process.env.LOCALSTACK_AUTH_TOKEN && { LOCALSTACK_AUTH_TOKEN: process.env.LOCALSTACK_AUTH_TOKEN }),
    })
    .start();
  const endpoint = container.getConnectionUri();
  const accounts = ['111111111111', '222222222222'].map((id) => open(id, endpoint));
  const [owner, reader] = accounts as [LocalStackAccount, LocalStackAccount];
  return {
    endpoint,
    owner,
    reader,
    async stop() {
      accounts.forEach(close);
      await container.stop();
    },
  };
}

function open(id: string, endpoint: string): LocalStackAccount {
  const account = openAccount(id, { region: REGION, kinesisEndpoint: endpoint, dynamodbEndpoint: endpoint });
  const to = { region: REGION, endpoint, credentials: { accessKeyId: id, secretAccessKey: 'localstack' } };
  return {
    ...account,
    kms: new KMSClient(to),
    cloudwatch: new CloudWatchClient(to),
    sqs: new SQSClient(to),
  };
}

function close(account: LocalStackAccount): void {
  closeAccount(account);
  account.kms.destroy();
  account.cloudwatch.destroy();
  account.sqs.destroy();
}

/** Asks until there is an answer. */
export async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await sleep(100);
  }
}

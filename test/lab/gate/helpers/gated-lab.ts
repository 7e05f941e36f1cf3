import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { KMSClient } from '@aws-sdk/client-kms';
import { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Credentials } from '../../../../lab/gate/gate.js';
import type { Policy, Statement } from '../../../../lab/iam/types.js';
import { type Lab, type LabOptions, startLab } from '../../../../lab/lab.js';
import { policy } from '../../helpers/access.js';

/** What one who calls through the gate has. */
export interface Clients {
  /** Over HTTP/2 with prior knowledge. */
  kinesis: KinesisClient;
  /** Over HTTP/1.1, as the others are. */
  kinesisHttp1: KinesisClient;
  dynamodb: DynamoDBClient;
  kms: KMSClient;
  sts: STSClient;
  sqs: SQSClient;
}

export interface GatedLab extends Lab {
  /** Whoever has the credentials, or the root user of an account. */
  as(credentials: Credentials | string, region?: string, endpoint?: string): Clients;
  /** A user with these statements as its policy. */
  user(arn: string, ...statements: Statement[]): Clients;
  /** A session of a role with these statements as its policy. */
  session(roleArn: string, statements: readonly Statement[], session?: readonly Policy[]): Clients;
}

/** A lab whose clients call through the gate, each call once. */
export async function startGatedLab(labOptions: LabOptions = {}): Promise<GatedLab> {
  const lab = await startLab(labOptions);
  const opened: { destroy(): void }[] = [];
  function as(given: Credentials | string, region = lab.region, endpoint = lab.gate.endpoint): Clients {
    const credentials = typeof given === 'string' ? { accessKeyId: given, secretAccessKey: 'lab' } : given;
    const options = { region, credentials, endpoint, maxAttempts: 1 };
    const clients = {
      kinesis: new KinesisClient(options),
      kinesisHttp1: new KinesisClient({ ...options, requestHandler: new NodeHttpHandler() }),
      dynamodb: new DynamoDBClient(options),
      kms: new KMSClient(options),
      sts: new STSClient(options),
      sqs: new SQSClient(options),
    };
    opened.push(...Object.values(clients));
    return clients;
  }
  const policies = (statements: readonly Statement[]) => (statements.length > 0 ? [policy(statements)] : []);
  const { identities } = lab.gate;
  return {
    ...lab,
    as,
    user: (arn, ...statements) => as(identities.addUser(arn, policies(statements))),
    session: (arn, statements, session = []) =>
      as(
        identities.assume(identities.setRole({ arn, policies: policies(statements) }), 'session', {
          session,
        }),
      ),
    async stop() {
      for (const client of opened) client.destroy();
      await lab.stop();
    },
  };
}

/** `ok`, or the name and text of the error, as a user would read it. */
export async function answerTo(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    const { name, message } = error as Error;
    return `${name}: ${message}`;
  }
}

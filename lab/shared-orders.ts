import { PutResourcePolicyCommand } from '@aws-sdk/client-kinesis';
import { parseConsumerArn, parseStreamArn } from '../src/aws/arn.js';
import { defaultApplicationName } from '../src/aws/kcl-tables.js';
import { parseKeyArn } from '../src/aws/key-arn.js';
import { parseReaderArn } from '../src/aws/reader-arn.js';
import { grantByOwner, grantRead } from '../src/policy/grants.js';
import { mergeStatement } from '../src/policy/merge.js';
import { parsePolicy } from '../src/policy/parse.js';
import { createStream, encryptStream } from './create-stream.js';
import type { Credentials } from './gate/gate.js';
import type { Policy } from './iam/types.js';
import type { Lab } from './lab.js';
import { registerConsumer } from './stream-consumer.js';

const SHARDS = 2;
/** The longest that a role's session may last on AWS. */
const SESSION_SECONDS = 12 * 3600;
const EVERYTHING: Policy = {
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Action: '*', Resource: '*' },
};

/** A stream of the owner's, encrypted and with a consumer, and who may do what with it. */
export interface SharedOrders {
  streamArn: string;
  consumerArn: string;
  keyArn: string;
  /** May do everything in the owner's account. */
  owner: { arn: string; credentials: Credentials };
  /** A role, and a session of it, which IAM lets read the stream; so must the owner's policies. */
  reader: { arn: string; credentials: Credentials };
  /** The reader's KCL application for reading by the consumer; for polling it is the default one. */
  fanOutApplication: string;
}

/** @param shared whether the owner's policies let the reader read */
export async function shareOrders(lab: Lab, { shared }: { shared: boolean }): Promise<SharedOrders> {
  const { owner, reader, gate, region } = lab;
  const streamArn = await createStream(owner, 'orders', SHARDS);
  const consumerArn = await registerConsumer(owner, streamArn, 'shared');
  const key = gate.keys.create(owner.id, region);
  await encryptStream(owner, streamArn, key.arn);

  const stream = parseStreamArn(streamArn);
  const request = {
    for: 'kcl',
    stream,
    reader: parseReaderArn(`arn:aws:iam::${reader.id}:role/orders-reader`),
    consumer: parseConsumerArn(consumerArn),
    key: parseKeyArn(key.arn),
  } as const;
  const fanOutApplication = 'orders-fan-out';
  const role = gate.identities.setRole({
    arn: request.reader.arn,
    policies: [
      ...[defaultApplicationName(stream), fanOutApplication].map(
        (application) => grantRead({ ...request, application }).readerPolicy,
      ),
      grantRead({ ...request, for: 'lambda' }).readerPolicy,
    ],
  });
  if (shared) {
    const { streamPolicy, consumerPolicy, keyPolicyStatement } = grantByOwner(request);
    for (const [ResourceARN, policy] of [
      [streamArn, streamPolicy],
      [consumerArn, consumerPolicy],
    ] as const) {
      await owner.kinesis.send(new PutResourcePolicyCommand({ ResourceARN, Policy: JSON.stringify(policy) }));
    }
    if (keyPolicyStatement) {
      key.policy = JSON.stringify(mergeStatement(parsePolicy(key.policy), keyPolicyStatement));
    }
  }
  const admin = `arn:aws:iam::${owner.id}:user/admin`;
  return {
    streamArn,
    consumerArn,
    keyArn: key.arn,
    owner: { arn: admin, credentials: gate.identities.addUser(admin, [EVERYTHING]) },
    reader: {
      arn: role.arn,
      credentials: gate.identities.assume(role, 'lab', { seconds: SESSION_SECONDS }),
    },
    fanOutApplication,
  };
}

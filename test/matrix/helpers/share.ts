import {
  DeleteResourcePolicyCommand,
  GetResourcePolicyCommand,
  KinesisClient,
  PutResourcePolicyCommand,
} from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { AccessDecision } from '../../../lab/gate/gate.js';
import {
  createStream,
  encryptStream,
  type Lab,
  putRecords,
  registerConsumer,
  startLab,
} from '../../../lab/lab.js';
import { sampleOrders } from '../../../lab/sample-orders.js';
import { parseConsumerArn, parseStreamArn } from '../../../src/aws/arn.js';
import { parseKeyArn } from '../../../src/aws/key-arn.js';
import type { QueueArn } from '../../../src/aws/queue-arn.js';
import { parseReaderArn } from '../../../src/aws/reader-arn.js';
import type { ReaderType } from '../../../src/policy/actions.js';
import { grantRead, type ReadGrants } from '../../../src/policy/grants.js';
import { mergeStatement, type ReaderStatement } from '../../../src/policy/merge.js';
import { parsePolicy } from '../../../src/policy/parse.js';
import type { KclRequest } from '../../../src/policy/read-request.js';
import type { PolicyDocument } from '../../../src/policy/types.js';
import type { MissingStatement } from '../../../src/preflight/remedy.js';

/** With a path, which the ARN of its sessions lacks. */
export const READER = parseReaderArn('arn:aws:iam::222222222222:role/apps/orders-reader');
export const RECORDS = 4;

export interface Way {
  for: ReaderType;
  fanOut?: boolean;
  encrypted?: boolean;
  /** Whose key it is, where it is not the stream owner's. */
  keyAccount?: string;
  /** By what the stream's owner names the key, such as alias/orders; by its ARN unless given. */
  alias?: string;
  /** One unless given. */
  shards?: number;
  /** So many sample orders; RECORDS unless given. */
  records?: number;
}

/** A stream of the owner's with records in it, and the policies that let the reader read it in this way. */
export class Share {
  readonly decisions: AccessDecision[] = [];
  readonly lab: Lab;
  readonly streamArn: string;
  readonly consumerArn: string | undefined;
  readonly #keyArn: string | undefined;
  readonly #keyPolicy: string | undefined;
  readonly #way: Way;

  private constructor(lab: Lab, way: Way, arns: { stream: string; consumer?: string; key?: string }) {
    this.lab = lab;
    this.#way = way;
    this.streamArn = arns.stream;
    this.consumerArn = arns.consumer;
    this.#keyArn = arns.key;
    this.#keyPolicy = arns.key === undefined ? undefined : lab.gate.keys.find(arns.key)?.policy;
  }

  /** In a lab of its own. */
  static async open(way: Way): Promise<Share> {
    let share: Share | undefined;
    const lab = await startLab({ onDecision: (decision) => share?.decisions.push(decision) });
    share = await Share.openIn(lab, 'orders', way);
    return share;
  }

  /** In a lab that is there; `decisions` is for its `onDecision` to fill. */
  static async openIn(lab: Lab, name: string, way: Way): Promise<Share> {
    const stream = await createStream(lab.owner, name, way.shards ?? 1);
    const account = way.keyAccount ?? lab.owner.id;
    const key = way.encrypted ? lab.gate.keys.create(account, lab.region).arn : undefined;
    if (key !== undefined && way.alias !== undefined) {
      lab.gate.keys.setAlias(`arn:aws:kms:${lab.region}:${account}:${way.alias}`, key);
    }
    if (key !== undefined) await encryptStream(lab.owner, stream, way.alias ?? key);
    await putRecords(lab.owner, stream, sampleOrders(lab.owner.id, way.records ?? RECORDS));
    const consumer = way.fanOut ? await registerConsumer(lab.owner, stream, 'shared') : undefined;
    return new Share(lab, way, { stream, ...(consumer && { consumer }), ...(key && { key }) });
  }

  /** What `policy print` prints. */
  grants(
    application: string,
    failureQueue?: QueueArn,
    tables: Pick<KclRequest, 'tables' | 'threeTables' | 'leaseTableExists'> = {},
  ): ReadGrants {
    const parts = {
      stream: parseStreamArn(this.streamArn),
      reader: READER,
      failureQueue,
      ...(this.consumerArn && { consumer: parseConsumerArn(this.consumerArn) }),
      ...(this.#keyArn && { key: parseKeyArn(this.#keyArn) }),
    };
    return this.#way.for === 'kcl'
      ? grantRead({ for: 'kcl', application, ...tables, ...parts })
      : grantRead({ for: 'lambda', ...parts });
  }

  /** Puts these policies in force, and no others. @return credentials of the reader, in its environment's variables */
  async putInForce(grants: ReadGrants): Promise<Record<string, string>> {
    await this.#put(this.streamArn, grants.streamPolicy);
    if (this.consumerArn !== undefined) await this.#put(this.consumerArn, grants.consumerPolicy);
    const key = this.#keyArn === undefined ? undefined : this.lab.gate.keys.find(this.#keyArn);
    if (key !== undefined && this.#keyPolicy !== undefined) {
      const own = JSON.parse(this.#keyPolicy) as PolicyDocument;
      const added = grants.keyPolicyStatement === undefined ? [] : [grants.keyPolicyStatement];
      key.policy = JSON.stringify({ ...own, Statement: [...own.Statement, ...added] });
    }
    const { identities, endpoint } = this.lab.gate;
    const role = identities.setRole({ arn: READER.arn, policies: [grants.readerPolicy] });
    const credentials = identities.assume(role, 'worker');
    return {
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken ?? '',
      AWS_REGION: this.lab.region,
      AWS_ENDPOINT_URL: endpoint,
    };
  }

  /** Adds a statement to a policy in force, as the side would that has it. */
  async add({ policy, attachedTo, statement }: MissingStatement): Promise<void> {
    const { identities, keys } = this.lab.gate;
    if (policy === 'reader') {
      const role = identities.role(attachedTo);
      if (role === undefined) throw new Error(`there is no role ${attachedTo}`);
      role.policies = [...role.policies, { Version: '2012-10-17', Statement: [statement] }];
    } else if (policy === 'key') {
      const key = keys.find(attachedTo);
      if (key === undefined) throw new Error(`there is no key ${attachedTo}`);
      const own = JSON.parse(key.policy) as PolicyDocument;
      key.policy = JSON.stringify({ ...own, Statement: [...own.Statement, statement] });
    } else {
      const text = await this.lab.owner.kinesis
        .send(new GetResourcePolicyCommand({ ResourceARN: attachedTo }))
        .then(({ Policy }) => Policy)
        .catch(() => undefined);
      const merged = mergeStatement(text ? parsePolicy(text) : undefined, statement as ReaderStatement);
      await this.#put(attachedTo, merged);
    }
  }

  async #put(arn: string, policy: PolicyDocument | undefined): Promise<void> {
    const { kinesis } = this.lab.owner;
    if (policy !== undefined && policy.Statement.length > 0) {
      await kinesis.send(new PutResourcePolicyCommand({ ResourceARN: arn, Policy: JSON.stringify(policy) }));
    } else {
      await kinesis.send(new DeleteResourcePolicyCommand({ ResourceARN: arn })).catch(() => {
        // There was none.
      });
    }
  }

  /** A client of the reader's, at the gate. */
  client(env: Record<string, string>): KinesisClient {
    return new KinesisClient({
      region: this.lab.region,
      endpoint: this.lab.gate.endpoint,
      credentials: {
        accessKeyId: env.AWS_ACCESS_KEY_ID ?? '',
        secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '',
        sessionToken: env.AWS_SESSION_TOKEN ?? '',
      },
      requestHandler: new NodeHttpHandler(),
      maxAttempts: 1,
    });
  }

  /** The denials of the reader since then. */
  denied(since: number): AccessDecision[] {
    return this.decisions.slice(since).filter(({ allowed }) => !allowed);
  }
}

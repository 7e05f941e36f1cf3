import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteResourcePolicyCommand,
  ListShardsCommand,
  PutResourcePolicyCommand,
} from '@aws-sdk/client-kinesis';
import type { LabKey, LabQueue } from '../../../lab/gate/gate.js';
import {
  createStream,
  deleteStream,
  deregisterConsumer,
  encryptStream,
  type Lab,
  registerConsumer,
} from '../../../lab/lab.js';
import { parseConsumerArn, parseStreamArn } from '../../../src/aws/arn.js';
import { parseKeyArn } from '../../../src/aws/key-arn.js';
import { parseQueueArn } from '../../../src/aws/queue-arn.js';
import { parseReaderArn } from '../../../src/aws/reader-arn.js';
import { grantRead, type ReadGrants } from '../../../src/policy/grants.js';
import { mergeStatement } from '../../../src/policy/merge.js';
import { parsePolicy } from '../../../src/policy/parse.js';
import type { Env } from './fleet-worker.js';

interface Way {
  shards: number;
  fanOut: boolean;
  encrypted: boolean;
  failureQueue: boolean;
}

interface Parts {
  readonly consumerArn: string | undefined;
  readonly key: LabKey | undefined;
  readonly queue: LabQueue | undefined;
}

let streams = 0;

/** A stream of the owner's that a role of the reader's may read, by exactly the policies that `policy print` prints. */
export class SharedStream {
  readonly arn: string;
  readonly application: string;
  readonly key: LabKey | undefined;
  readonly queue: LabQueue | undefined;
  /** Credentials of the reader, and the stream, in the variables of a worker's environment. */
  readonly env: Env;
  readonly #lab: Lab;
  readonly #keyPolicy: string | undefined;
  #consumerArn: string | undefined;
  #grants: ReadGrants;

  private constructor(lab: Lab, application: string, arn: string, { consumerArn, key, queue }: Parts) {
    this.#lab = lab;
    this.arn = arn;
    this.application = application;
    this.#consumerArn = consumerArn;
    this.key = key;
    this.queue = queue;
    this.#keyPolicy = key?.policy;
    this.#grants = this.#grant();
    const role = this.#setRole();
    const { accessKeyId, secretAccessKey, sessionToken = '' } = lab.gate.identities.assume(role, 'worker');
    this.env = {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
      STREAM_ARN: arn,
      APPLICATION_NAME: application,
      ...(consumerArn && { CONSUMER_ARN: consumerArn }),
      ...(queue && { FAILURE_QUEUE_URL: queue.url }),
    };
  }

  static async create(lab: Lab, { shards, fanOut, encrypted, failureQueue }: Way): Promise<SharedStream> {
    const name = `faults-${process.pid}-${++streams}`;
    const arn = await createStream(lab.owner, name, shards);
    // A name of its own: of two with one name the emulator never ends the deletion.
    const consumerArn = fanOut ? await registerConsumer(lab.owner, arn, name) : undefined;
    const key = encrypted ? lab.gate.keys.create(lab.owner.id, lab.region) : undefined;
    if (key !== undefined) await encryptStream(lab.owner, arn, key.arn);
    const queue = failureQueue ? lab.gate.queues.create(lab.reader.id, lab.region, name) : undefined;
    const stream = new SharedStream(lab, name, arn, { consumerArn, key, queue });
    await stream.share();
    stream.shareKey();
    return stream;
  }

  #grant(): ReadGrants {
    return grantRead({
      for: 'kcl',
      application: this.application,
      stream: parseStreamArn(this.arn),
      reader: this.#reader,
      ...(this.#consumerArn && { consumer: parseConsumerArn(this.#consumerArn) }),
      ...(this.key && { key: parseKeyArn(this.key.arn) }),
      ...(this.queue && { failureQueue: parseQueueArn(this.queue.arn) }),
    });
  }

  #setRole() {
    const { readerPolicy } = this.#grants;
    return this.#lab.gate.identities.setRole({ arn: this.#reader.arn, policies: [readerPolicy] });
  }

  get #reader() {
    return parseReaderArn(`arn:aws:iam::${this.#lab.reader.id}:role/${this.application}`);
  }

  /** The registered consumer that the reader uses, if it reads by fan-out. */
  get consumerArn(): string | undefined {
    return this.#consumerArn;
  }

  /** The owner deletes the consumer, registers another one and shares it. @return its ARN */
  async replaceConsumer(): Promise<string> {
    const { owner } = this.#lab;
    if (this.#consumerArn === undefined) throw new Error('the stream has no consumer');
    await deregisterConsumer(owner, this.#consumerArn);
    this.#consumerArn = await registerConsumer(owner, this.arn, `${this.application}-again`);
    this.#grants = this.#grant();
    this.#setRole();
    await this.share();
    return this.#consumerArn;
  }

  /** The owner deletes the stream, and makes and shares another of its name, with another creation epoch. */
  async makeAgain(shards: number): Promise<void> {
    const { streamName } = parseStreamArn(this.arn);
    const before = Math.floor(Date.now() / 1000);
    await deleteStream(this.#lab.owner, this.arn);
    while (Math.floor(Date.now() / 1000) <= before) await sleep(50);
    await createStream(this.#lab.owner, streamName, shards);
    await this.share();
  }

  /** The owner lets the reader read. */
  async share(): Promise<void> {
    const { streamPolicy, consumerPolicy } = this.#grants;
    for (const [ResourceARN, policy] of [
      [this.arn, streamPolicy],
      [this.#consumerArn, consumerPolicy],
    ] as const) {
      if (ResourceARN === undefined || policy === undefined) continue;
      const Policy = JSON.stringify(policy);
      await this.#lab.owner.kinesis.send(new PutResourcePolicyCommand({ ResourceARN, Policy }));
    }
  }

  /** The owner takes that back. */
  async unshare(): Promise<void> {
    for (const ResourceARN of [this.arn, this.#consumerArn]) {
      if (ResourceARN === undefined) continue;
      await this.#lab.owner.kinesis.send(new DeleteResourcePolicyCommand({ ResourceARN }));
    }
  }

  /** The key's policy lets the reader decrypt. */
  shareKey(): void {
    const { keyPolicyStatement: statement } = this.#grants;
    if (this.key === undefined || this.#keyPolicy === undefined || statement === undefined) return;
    this.key.policy = JSON.stringify(mergeStatement(parsePolicy(this.#keyPolicy), statement));
  }

  unshareKey(): void {
    if (this.key !== undefined && this.#keyPolicy !== undefined) this.key.policy = this.#keyPolicy;
  }

  async parents(): Promise<Map<string, string[]>> {
    const { Shards = [] } = await this.#lab.owner.kinesis.send(
      new ListShardsCommand({ StreamARN: this.arn }),
    );
    return new Map(
      Shards.map(({ ShardId = '', ParentShardId, AdjacentParentShardId }) => [
        ShardId,
        [ParentShardId, AdjacentParentShardId].filter((parent) => parent !== undefined),
      ]),
    );
  }
}

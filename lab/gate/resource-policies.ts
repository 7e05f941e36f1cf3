import {
  DescribeStreamConsumerCommand,
  GetResourcePolicyCommand,
  type KinesisClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-kinesis';
import { parseConsumerArn, parseStreamArn } from '../../src/aws/arn.js';
import { isFields } from '../iam/api-call.js';
import { AwsError } from './aws-error.js';
import type { Upstream } from './forward.js';
import type { KinesisCall } from './kinesis-call.js';
import { checkResourcePolicy } from './put-policy.js';
import { SharedAnswers } from './shared-answers.js';
import type { StoredPolicies } from './stored-policies.js';
import type { UniqueIds } from './unique-ids.js';
import type { Answer } from './wire.js';

/** The emulator's error, where AWS shows an empty policy. */
const NO_POLICY = 'No resource policy exists for ';
const CONSUMER = /:stream\/[^/]+\/consumer\/[^/]+:\d+$/;

/** The policies of streams and consumers. The emulator stores whatever it is given; Kinesis looks at it before. */
export class ResourcePolicies {
  readonly #upstream: Upstream;
  readonly #client: KinesisClient;
  readonly #stored: StoredPolicies;
  readonly #ids: UniqueIds;
  readonly #policies = new SharedAnswers<string | undefined>();

  constructor(parts: { upstream: Upstream; client: KinesisClient; stored: StoredPolicies; ids: UniqueIds }) {
    this.#upstream = parts.upstream;
    this.#client = parts.client;
    this.#stored = parts.stored;
    this.#ids = parts.ids;
  }

  /** Each call needs it: of hundreds of shards, more than the emulator can be asked for one by one. */
  of(arn: string): Promise<string | undefined> {
    // A consumer that is named without its time of creation is no resource that has a policy.
    if (arn.includes('/consumer/') && !CONSUMER.test(arn)) return Promise.resolve(undefined);
    return this.#policies.ask(arn, async () => {
      try {
        const { Policy } = await this.#client.send(new GetResourcePolicyCommand({ ResourceARN: arn }));
        return Policy === '' ? undefined : Policy;
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return undefined;
        throw error;
      }
    });
  }

  /** @throws AwsError for a policy that Kinesis would not store */
  async serve({ request, wire, operation, fields, identity, resource }: KinesisCall): Promise<Answer> {
    const text = String(fields.Policy ?? '');
    const puts = operation === 'PutResourcePolicy';
    if (puts) {
      if (resource.split(':')[3] !== identity.ofCall?.['aws:RequestedRegion']) {
        throw new AwsError(
          'InvalidArgumentException',
          `The region specified in the ARN '${resource}' does not match the endpoint region`,
        );
      }
      checkResourcePolicy(text, resource, this.#ids);
      if (CONSUMER.test(resource)) await this.#assertActive(resource);
    }
    const answer = await this.#upstream.call(request, resource.split(':')[4] ?? '');
    if (puts && answer.status === 200) this.#stored.put(resource, text);
    if (operation !== 'GetResourcePolicy') return answer;
    const value = wire.decode(answer.body);
    const { Policy, message } = isFields(value) ? value : {};
    const none = answer.status === 200 ? Policy === '' : String(message).startsWith(NO_POLICY);
    if (answer.status !== 200 && !none) return answer;
    const shown = none ? '{}' : this.#stored.shown(resource, String(Policy));
    return wire.encode({ Policy: shown }, `Kinesis_20131202.${operation}`);
  }

  /** The text is that of a report of users (aws-cloudformation/cloudformation-coverage-roadmap issue 2442). */
  async #assertActive(consumerArn: string): Promise<void> {
    const { ConsumerDescription: found } = await this.#client.send(
      new DescribeStreamConsumerCommand({ ConsumerARN: consumerArn }),
    );
    if (found?.ConsumerStatus === 'ACTIVE') return;
    const { streamArn, consumerName, creationEpoch } = parseConsumerArn(consumerArn);
    const { streamName, account } = parseStreamArn(streamArn);
    throw new AwsError(
      'ResourceInUseException',
      `Consumer ${consumerName} with creation timestamp ${creationEpoch} under stream ${streamName} and account ${account} is not in ACTIVE status.`,
    );
  }
}

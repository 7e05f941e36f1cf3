import { type JsonService, Refused, startJsonService } from './json-service.js';

export interface StubResource {
  /** Answered one after the other, the last one for ever. */
  statuses: string[];
  policy?: string | undefined;
}

export interface KinesisStub extends JsonService {
  /** Streams and consumers by their ARNs. */
  resources: Map<string, StubResource>;
  /** What the streams are encrypted with, as Kinesis would say it. */
  keyId: string | undefined;
  /** The calls, in order: the operation and the kind of resource. */
  calls: string[];
  denied: Set<string>;
}

/** What the policies of streams and consumers need of Kinesis. Like AWS it takes a policy only while they are ACTIVE. */
export async function startKinesisStub(): Promise<KinesisStub> {
  const service = await startJsonService(({ operation, fields }) => {
    const arn = String(fields.ResourceARN ?? fields.StreamARN ?? fields.ConsumerARN);
    stub.calls.push(`${operation} ${arn.includes('/consumer/') ? 'consumer' : 'stream'}`);
    if (stub.denied.has(operation)) {
      const message = `User: x is not authorized to perform: kinesis:${operation} on resource: ${arn}`;
      throw new Refused('AccessDeniedException', message);
    }
    const found = stub.resources.get(arn);
    if (!found) throw new Refused('ResourceNotFoundException', `${arn} not found.`);
    switch (operation) {
      case 'DescribeStreamSummary':
        return {
          StreamDescriptionSummary: {
            StreamARN: arn,
            StreamStatus: next(found),
            RetentionPeriodHours: 24,
            ...(stub.keyId === undefined
              ? { EncryptionType: 'NONE' }
              : { EncryptionType: 'KMS', KeyId: stub.keyId }),
          },
        };
      case 'DescribeStreamConsumer':
        return { ConsumerDescription: { ConsumerARN: arn, ConsumerStatus: next(found) } };
      case 'GetResourcePolicy':
        return { Policy: found.policy ?? '{}' };
      case 'PutResourcePolicy':
        assertActive(arn, found);
        found.policy = String(fields.Policy);
        return {};
      case 'DeleteResourcePolicy':
        assertActive(arn, found);
        found.policy = undefined;
        return {};
      default:
        throw new Refused('UnknownOperationException', operation);
    }
  });
  const stub: KinesisStub = {
    ...service,
    resources: new Map(),
    keyId: undefined,
    calls: [],
    denied: new Set(),
  };
  return stub;
}

function next({ statuses }: StubResource): string {
  return (statuses.length > 1 ? statuses.shift() : statuses[0]) ?? 'ACTIVE';
}

/** In the words of a report of a consumer that was created a moment before (CloudFormation coverage roadmap, 2442). */
function assertActive(arn: string, { statuses }: StubResource): void {
  if (statuses[0] === 'ACTIVE') return;
  throw new Refused('ResourceInUseException', `${arn} is not in ACTIVE status.`);
}

import { type JsonService, Refused, startJsonService } from './json-service.js';

export interface StubKey {
  arn: string;
  policy: string;
  manager?: 'AWS' | 'CUSTOMER';
  state?: string;
  /** Other names: its id, aliases. */
  names?: string[];
  /** Whether its policy lets other accounts describe it. */
  described?: boolean;
}

export interface KmsStub extends JsonService {
  keys: StubKey[];
  /** The calls, in order. */
  calls: string[];
  /** Answers every call of this name with AccessDeniedException. */
  denied: Set<string>;
  /** Runs before a call is answered. */
  before: (call: string) => void;
}

/**
 * DescribeKey, GetKeyPolicy and PutKeyPolicy of KMS, and nothing else. Of these DescribeKey alone has a use across
 * accounts (KMS API reference).
 */
export async function startKmsStub(): Promise<KmsStub> {
  const service = await startJsonService(({ operation, fields, account }) => {
    const { KeyId, Policy } = fields as { KeyId: string; Policy?: string };
    stub.calls.push(operation);
    stub.before(operation);
    const key = stub.keys.find(({ arn, names = [] }) => arn === KeyId || names.includes(KeyId));
    const owner = (key?.arn ?? KeyId).split(':')[4] ?? account;
    const across = owner !== account && !(operation === 'DescribeKey' && key?.described);
    if (stub.denied.has(operation) || across) {
      const message = `User: x is not authorized to perform: kms:${operation} on resource: ${KeyId}`;
      throw new Refused('AccessDeniedException', message);
    }
    if (!key) throw new Refused('NotFoundException', `Key '${KeyId}' does not exist`);
    switch (operation) {
      case 'DescribeKey': {
        const { arn: Arn, manager: KeyManager = 'CUSTOMER', state: KeyState = 'Enabled' } = key;
        return { KeyMetadata: { KeyId: Arn.split('/')[1], Arn, KeyManager, KeyState } };
      }
      case 'GetKeyPolicy':
        return { Policy: key.policy, PolicyName: 'default' };
      case 'PutKeyPolicy':
        // The ids of roles and users that are gone are no principals, though KMS itself shows them.
        if (/"A(?:RO|ID)A/.test(Policy ?? '')) {
          const message = 'Policy contains a statement with one or more invalid principals.';
          throw new Refused('MalformedPolicyDocumentException', message);
        }
        key.policy = Policy ?? '';
        return {};
      default:
        throw new Refused('UnknownOperationException', operation);
    }
  });
  const stub: KmsStub = { ...service, keys: [], calls: [], denied: new Set(), before: () => {} };
  return stub;
}

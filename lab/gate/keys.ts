import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import type { Policy } from '../iam/types.js';
import { parseValidPolicy } from './policy-text.js';
import type { StoredPolicies } from './stored-policies.js';

/** "Key states of AWS KMS keys": those that Kinesis answers differently, and throttling, which is no state. */
export type KeyState = 'Enabled' | 'Disabled' | 'PendingDeletion' | 'Throttled';

export interface LabKey {
  readonly arn: string;
  readonly account: string;
  readonly manager: 'AWS' | 'CUSTOMER';
  readonly created: Date;
  state: KeyState;
  /** As text, as it was put. Setting one that can't be evaluated throws PolicyError. */
  policy: string;
}

export type EncryptionContext = Readonly<Record<string, string>>;

/** The keys of the lab's KMS. */
export class Keys {
  readonly #keys = new Map<string, LabKey>();
  /** By the alias's ARN. */
  readonly #aliases = new Map<string, string>();
  readonly #secret = randomBytes(32);
  readonly #stored: StoredPolicies;

  constructor(stored: StoredPolicies) {
    this.#stored = stored;
  }

  /**
   * A customer managed key, with AWS's default policy unless given one: the account's IAM policies decide.
   *
   * @throws PolicyError for a policy that can't be evaluated
   */
  create(account: string, region: string, policy: Policy = defaultPolicy(account)): LabKey {
    return this.#add(account, region, 'CUSTOMER', policy);
  }

  #add(account: string, region: string, manager: LabKey['manager'], policy: Policy): LabKey {
    const arn = `arn:aws:kms:${region}:${account}:key/${randomUUID()}`;
    const stored = this.#stored;
    let current = '';
    const key: LabKey = {
      arn,
      account,
      manager,
      created: new Date(),
      state: 'Enabled',
      get policy() {
        return current;
      },
      set policy(text) {
        parseValidPolicy(text, 'key', `the policy of ${arn}`);
        stored.put(arn, text);
        current = text;
      },
    };
    key.policy = JSON.stringify(policy);
    this.#keys.set(arn, key);
    return key;
  }

  /** By ARN. Undefined for one that does not exist, or was deleted. */
  find(arn: string): LabKey | undefined {
    return this.#keys.get(arn);
  }

  /** For good, as after its waiting period. */
  delete(arn: string): void {
    this.#keys.delete(arn);
  }

  /** Another name for a key, in the key's account. */
  setAlias(aliasArn: string, keyArn: string): void {
    this.#aliases.set(aliasArn, keyArn);
  }

  alias(aliasArn: string): string | undefined {
    const known = this.#aliases.get(aliasArn);
    if (known !== undefined || !aliasArn.endsWith(':alias/aws/kinesis')) return known;
    const [, , , region = '', account = ''] = aliasArn.split(':');
    const { arn } = this.#add(account, region, 'AWS', awsManagedPolicy(account, region));
    this.#aliases.set(aliasArn, arn);
    return arn;
  }

  /** What a stream was told to be encrypted with: a key's ARN, or its id or alias in the account of the stream. */
  resolve(keyId: string, account: string, region: string): string {
    const inAccount = (resource: string) => `arn:aws:kms:${region}:${account}:${resource}`;
    if (keyId.startsWith('arn:')) return keyId.includes(':alias/') ? (this.alias(keyId) ?? keyId) : keyId;
    if (keyId.startsWith('alias/')) return this.alias(inAccount(keyId)) ?? inAccount(keyId);
    return inAccount(`key/${keyId}`);
  }

  /** A ciphertext that names its key, as those of KMS do. */
  encrypt(arn: string, plaintext: Uint8Array, context: EncryptionContext = {}): Buffer {
    const iv = randomBytes(IV);
    const cipher = createCipheriv('aes-256-gcm', this.#secret, iv).setAAD(bound(arn, context));
    const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    const name = Buffer.from(arn);
    return Buffer.concat([Buffer.from([name.length]), name, iv, cipher.getAuthTag(), sealed]);
  }

  /** The key that a ciphertext names. */
  keyOf(ciphertext: Buffer): string | undefined {
    const arn = ciphertext.subarray(1, 1 + (ciphertext[0] ?? 0)).toString('utf8');
    return arn.startsWith('arn:') ? arn : undefined;
  }

  /** @throws Error for a ciphertext that was changed, or another encryption context */
  decrypt(ciphertext: Buffer, context: EncryptionContext): Buffer {
    const arn = this.keyOf(ciphertext) ?? '';
    const rest = ciphertext.subarray(1 + arn.length);
    const decipher = createDecipheriv('aes-256-gcm', this.#secret, rest.subarray(0, IV))
      .setAAD(bound(arn, context))
      .setAuthTag(rest.subarray(IV, IV + TAG));
    return Buffer.concat([decipher.update(rest.subarray(IV + TAG)), decipher.final()]);
  }
}

const IV = 12;
const TAG = 16;

/** What is authenticated along with the plaintext; the order of the context's pairs does not count. */
function bound(arn: string, context: EncryptionContext): Buffer {
  return Buffer.from(JSON.stringify([arn, Object.entries(context).sort()]));
}

/** "Default key policy" (KMS Developer Guide). */
export function defaultPolicy(account: string): Policy {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'Enable IAM User Permissions',
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${account}:root` },
        Action: 'kms:*',
        Resource: '*',
      },
    ],
  };
}

/** The form of AWS managed keys' policies: whoever calls Kinesis in the key's own account, and nobody else. */
function awsManagedPolicy(account: string, region: string): Policy {
  return {
    Version: '2012-10-17',
    Id: 'auto-kinesis-2',
    Statement: [
      {
        Sid: 'Allow access through Kinesis for all principals in the account that are authorized to use Kinesis',
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
        Resource: '*',
        Condition: {
          StringEquals: {
            'kms:ViaService': `kinesis.${region}.amazonaws.com`,
            'kms:CallerAccount': account,
          },
        },
      },
      {
        Sid: 'Allow direct access to key metadata to the account',
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${account}:root` },
        Action: ['kms:Describe*', 'kms:Get*', 'kms:List*'],
        Resource: '*',
      },
    ],
  };
}

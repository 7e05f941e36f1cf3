import { parseStreamArn } from '../../src/aws/arn.js';
import { type Fields, isFields } from '../iam/api-call.js';
import { streamDecryption } from '../iam/request.js';
import { type Access, refusal } from './access.js';
import { accountOf, type Identity } from './identities.js';
import type { Keys } from './keys.js';
import { assertUsable } from './kms.js';
import type { StreamKeys } from './stream-keys.js';

/** What Kinesis asks KMS in the name of its caller; the emulator encrypts nothing. */
export class Encryption {
  readonly #access: Access;
  readonly #keys: Keys;
  readonly #streamKeys: StreamKeys;

  constructor(access: Access, keys: Keys, streamKeys: StreamKeys) {
    this.#access = access;
    this.#keys = keys;
    this.#streamKeys = streamKeys;
  }

  /** @throws AwsError if the caller may not decrypt one of the records */
  async checkRead(operation: string, identity: Identity, streamArn: string, records: unknown): Promise<void> {
    const encrypted = (Array.isArray(records) ? records : []).filter(
      (record): record is Fields => isFields(record) && record.EncryptionType === 'KMS',
    );
    // Once for all of them: a thousand questions would keep the answer for a minute.
    if (encrypted.length > 0) await this.#streamKeys.current(streamArn);
    const keyArns = new Set<string>();
    for (const record of encrypted) {
      const keyArn = this.#streamKeys.ofRecord(streamArn, arrivalOf(record));
      // Encrypted and decrypted again before the gate first saw the stream: rather nothing than unasked.
      if (keyArn === undefined) throw new Error(`nobody told the gate of the key of records in ${streamArn}`);
      keyArns.add(keyArn);
    }
    for (const keyArn of keyArns) {
      await this.#check(operation, 'kms:Decrypt', identity, streamArn, keyArn, (who) => {
        const { account, streamName } = parseStreamArn(streamArn);
        // Seen in reports of users; it gives no reason.
        return `User ${who} is not authorized to decrypt records in stream ${account}:${streamName}`;
      });
    }
  }

  /** @throws AwsError if the stream is encrypted and the caller may not put records into it */
  async checkWrite(operation: string, identity: Identity, streamArn: string): Promise<void> {
    const keyArn = await this.#streamKeys.current(streamArn);
    if (keyArn === undefined) return;
    await this.#check(operation, 'kms:GenerateDataKey', identity, streamArn, keyArn, (_who, text) => text);
  }

  async #check(
    operation: string,
    action: string,
    identity: Identity,
    streamArn: string,
    keyArn: string,
    wording: (who: string, text: string) => string,
  ): Promise<void> {
    const key = this.#keys.find(keyArn);
    assertUsable(key, 'KMS', keyArn);
    const asked = { ...streamDecryption({ streamArn, keyArn, caller: accountOf(identity) }), action };
    const denial = await this.#access.ask(operation, identity, asked);
    if (denial === undefined) return;
    const [, who = ''] = /^User: (\S+)/.exec(denial.text) ?? [];
    throw refusal('KMSAccessDeniedException', { ...denial, text: wording(who, denial.text) });
  }
}

/** In milliseconds: JSON has seconds, CBOR a tag with milliseconds. */
function arrivalOf({ ApproximateArrivalTimestamp: at }: Fields): number {
  const value = at instanceof Date ? at.getTime() : Number(isFields(at) ? at.value : at);
  return value < 1e11 ? value * 1000 : value;
}

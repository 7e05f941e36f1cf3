import { DescribeStreamSummaryCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import { parseStreamArn } from '../../src/aws/arn.js';
import type { Keys } from './keys.js';

interface InForce {
  from: number;
  keyArn: string;
}

/**
 * Which key a stream's records are under. Records stay under the key they were put with, so the switches that were seen
 * are kept; the emulator knows only the present key.
 */
export class StreamKeys {
  readonly #history = new Map<string, InForce[]>();
  readonly #client: KinesisClient;
  readonly #keys: Keys;

  constructor(client: KinesisClient, keys: Keys) {
    this.#client = client;
    this.#keys = keys;
  }

  /** The key that a record is put under now; undefined for a stream that is not encrypted. */
  async current(streamArn: string): Promise<string | undefined> {
    const { StreamDescriptionSummary: summary } = await this.#client.send(
      new DescribeStreamSummaryCommand({ StreamARN: streamArn }),
    );
    if (summary?.EncryptionType !== 'KMS' || summary.KeyId === undefined) return undefined;
    const { account, region } = parseStreamArn(streamArn);
    const keyArn = this.#keys.resolve(summary.KeyId, account, region);
    this.#note(streamArn, keyArn);
    return keyArn;
  }

  /** The key of a record that is encrypted, by when it arrived, in milliseconds; as far as current() has seen it. */
  ofRecord(streamArn: string, arrival: number): string | undefined {
    const history = this.#history.get(streamArn) ?? [];
    return (history.findLast(({ from }) => from <= arrival) ?? history[0])?.keyArn;
  }

  #note(streamArn: string, keyArn: string): void {
    const history = this.#history.get(streamArn) ?? [];
    if (history.at(-1)?.keyArn === keyArn) return;
    this.#history.set(streamArn, [...history, { from: history.length === 0 ? 0 : Date.now(), keyArn }]);
  }
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environment } from '../../aws/helpers/environment.js';
import { type KinesisStub, startKinesisStub } from '../../policy/aws/helpers/kinesis-stub.js';
import { type KmsStub, startKmsStub } from '../../policy/aws/helpers/kms-stub.js';
import { CONSUMER, STREAM } from '../../policy/helpers/requests.js';

export let kinesis: KinesisStub;
export let kms: KmsStub;
/** For the policies that are saved. */
export let folder: string;

/**
 * Stubs of Kinesis and KMS for the tests of a file, which the commands call with the owner's credentials. Before each test
 * stream and consumer are ACTIVE and without a policy, and the stream is encrypted with the key.
 */
export function usePolicyStubs(keyArn: string, keyPolicy: string, aliases?: readonly string[]): void {
  beforeAll(async () => {
    kinesis = await startKinesisStub();
    kms = await startKmsStub();
  });
  afterAll(async () => {
    await kinesis.stop();
    await kms.stop();
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'xak-policies-'));
    kinesis.resources = new Map([
      [STREAM.arn, { statuses: ['ACTIVE'] }],
      [CONSUMER.arn, { statuses: ['ACTIVE'] }],
    ]);
    kinesis.keyId = keyArn;
    kms.keys = [{ arn: keyArn, policy: keyPolicy, ...(aliases && { names: [...aliases] }) }];
    for (const stub of [kinesis, kms]) {
      stub.calls.length = 0;
      stub.denied.clear();
    }
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  environment(() => ({
    AWS_ACCESS_KEY_ID: '111111111111',
    AWS_SECRET_ACCESS_KEY: 'lab',
    AWS_ENDPOINT_URL_KMS: kms.endpoint,
    KINESIS_ENDPOINT: kinesis.endpoint,
  }));
}

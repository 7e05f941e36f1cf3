import { KMSClient } from '@aws-sdk/client-kms';
import { preflight } from '../../../src/preflight/preflight.js';
import { accept } from '../helpers/local-server.js';
import { STREAM, stubRequest } from '../helpers/stub-request.js';

test('a network without a way to KMS, which Kinesis and not the reader asks, keeps nothing from passing', async () => {
  const endpoint = await accept(() => {});
  const kms = new KMSClient({
    region: STREAM.region,
    endpoint: endpoint.href,
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
  });
  const summary = {
    StreamARN: STREAM.arn,
    StreamStatus: 'ACTIVE',
    EncryptionType: 'KMS',
    KeyId: `arn:aws:kms:${STREAM.region}:${STREAM.account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`,
  };
  const request = stubRequest({
    DescribeStreamSummary: { StreamDescriptionSummary: summary },
    GetRecords: { Records: [], MillisBehindLatest: 0 },
  });
  const { passed, checks } = await preflight(
    { ...request, clients: { ...request.clients, kms } },
    { only: ['key-state', 'decrypt'], limitMs: 6_000 },
  );
  kms.destroy();

  expect(checks.map(({ id, status }) => [id, status])).toEqual([
    ['key-state', 'skipped'],
    ['decrypt', 'warning'],
  ]);
  expect(passed).toBe(true);
});

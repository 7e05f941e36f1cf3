import { preflight } from '../../../src/preflight/preflight.js';
import { STREAM, stubRequest } from '../helpers/stub-request.js';

test('a KMS that knows no dry run, as that of an emulator, proves nothing and keeps nothing from passing', async () => {
  // LocalStack 4.14.0's answer, of which the SDK makes this.
  const invalid = Object.assign(new Error('UnknownError'), { name: 'InvalidCiphertextException' });
  const request = stubRequest({
    DescribeStreamSummary: {
      StreamDescriptionSummary: {
        StreamARN: STREAM.arn,
        StreamStatus: 'ACTIVE',
        EncryptionType: 'KMS',
        KeyId: `arn:aws:kms:${STREAM.region}:${STREAM.account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`,
      },
    },
    GetRecords: { Records: [], MillisBehindLatest: 0 },
    Decrypt: invalid,
  });

  const { passed, checks } = await preflight(request, { only: ['decrypt'] });

  expect(checks).toMatchObject([
    {
      status: 'warning',
      message:
        "inconclusive: no encrypted record was found that would prove it, and this KMS, an emulator's, does not support dry runs",
      remedy: 'Put a record into the stream.',
    },
  ]);
  expect(passed).toBe(true);
});

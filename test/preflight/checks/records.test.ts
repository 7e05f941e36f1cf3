import { preflight } from '../../../src/preflight/preflight.js';
import { STREAM, stubRequest } from '../helpers/stub-request.js';

async function recordsOf(by: 'kcl' | 'lambda', summary: object) {
  const StreamDescriptionSummary = { StreamARN: STREAM.arn, StreamStatus: 'ACTIVE', ...summary };
  const request = stubRequest({ DescribeStreamSummary: { StreamDescriptionSummary } }, { for: by });
  const { checks } = await preflight(request, { only: ['records'] });
  return checks.find(({ id }) => id === 'records');
}

test.each([
  ['nothing', 'lambda', {}],
  ['1 MiB', 'lambda', { MaxRecordSizeInKiB: 1024, RecordDistributionStrategy: 'USER_PARTITION_KEY' }],
  ['what just fits an event', 'lambda', { MaxRecordSizeInKiB: 4505 }],
  ['10 MiB, for KCL', 'kcl', { MaxRecordSizeInKiB: 10240 }],
] as const)('passed with %s', async (_what, by, summary) => {
  expect(await recordsOf(by, summary)).toMatchObject({ status: 'passed', remedy: null });
});

test.each(['kcl', 'lambda'] as const)(
  'a stream that distributes its records by itself, for %s',
  async (by) => {
    expect(await recordsOf(by, { RecordDistributionStrategy: 'AUTO' })).toMatchObject({
      status: 'warning',
      fixedBy: 'stream owner',
      message: expect.stringMatching(/AUTO.*no order.*no partition key/),
      remedy: expect.stringMatching(/null.*KPL.*docs\/kpl\.md/),
    });
  },
);

test('records that fit no event of Lambda, of a stream that distributes them by itself', async () => {
  const found = await recordsOf('lambda', { MaxRecordSizeInKiB: 4506, RecordDistributionStrategy: 'AUTO' });

  expect(found?.message).toMatch(/AUTO.*; it takes records of up to 4506 KiB, .* 4\.4 MiB/);
  expect(found?.remedy).toMatch(/KPL.*KCL worker \(docs\/lambda\.md#large-records\)/);
});

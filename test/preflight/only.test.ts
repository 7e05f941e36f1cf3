import { preflight } from '../../src/preflight/preflight.js';
import { denied, stubRequest } from './helpers/stub-request.js';

const statuses = ({ checks }: Awaited<ReturnType<typeof preflight>>) =>
  Object.fromEntries(checks.map(({ id, status }) => [id, status]));

test('a check by itself is told of alone, with what it needs at work', async () => {
  const report = await preflight(stubRequest({}), { only: ['get-records'] });

  expect(statuses(report)).toEqual({ 'get-records': 'passed' });
});

test('what it needs is told of if it fails: it has not passed', async () => {
  const report = await preflight(stubRequest({ ListShards: denied('kinesis:ListShards') }), {
    only: ['get-records'],
  });

  expect(statuses(report)).toEqual({ 'list-shards': 'failed', 'get-records': 'skipped' });
  expect(report.passed).toBe(false);
});

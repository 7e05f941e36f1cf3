import { parseStreamArn } from '../../src/aws/arn.js';
import { ProvenSubscriptions } from '../../src/cli/preflight-run.js';
import type { CheckReport, PreflightReport } from '../../src/preflight/report.js';

const ORDERS = parseStreamArn('arn:aws:kinesis:us-east-1:111111111111:stream/orders');
const PAYMENTS = parseStreamArn('arn:aws:kinesis:us-east-1:111111111111:stream/payments');

function reportOf(...checks: Partial<CheckReport>[]): PreflightReport {
  const rest = {
    asserts: '',
    fixedBy: 'both',
    message: '',
    remedy: null,
    statements: [],
    id: 'subscribe',
  } as const;
  return {
    version: 1,
    passed: false,
    checks: checks.map((check) => ({ status: 'failed', ...rest, ...check })),
  };
}

test('a stream is left out once a round has subscribed to it, and the proof is kept', () => {
  const proven = new ProvenSubscriptions();
  const first = reportOf(
    { stream: ORDERS.arn, status: 'passed', message: 'subscribed' },
    { stream: PAYMENTS.arn },
  );

  expect(proven.leaveOut(ORDERS)).toBeUndefined();
  expect(proven.keep(first)).toEqual(first);
  expect(proven.leaveOut(PAYMENTS)).toBeUndefined();
  const message = proven.leaveOut(ORDERS) ?? '';
  const next = reportOf({ stream: ORDERS.arn, status: 'skipped', message }, { stream: PAYMENTS.arn });
  expect(proven.keep(next)).toEqual(first);
});

test('of one stream the report does not name it', () => {
  const proven = new ProvenSubscriptions();
  const first = reportOf({ status: 'passed', message: 'subscribed' }, { id: 'get-records' });

  proven.keep(first);

  const message = proven.leaveOut(ORDERS) ?? '';
  expect(message).not.toBe('');
  expect(proven.keep(reportOf({ status: 'skipped', message }, { id: 'get-records' }))).toEqual(first);
});

test('what is skipped for another reason stays so', () => {
  const proven = new ProvenSubscriptions();
  proven.keep(reportOf({ status: 'passed' }));
  const report = reportOf({ status: 'skipped', message: 'needs consumer, which is failed' });

  expect(proven.keep(report)).toEqual(report);
});

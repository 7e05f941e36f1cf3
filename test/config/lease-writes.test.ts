import { openPreflight } from '../../src/preflight/from-config.js';
import { loadWithArn } from './load-helpers.js';

test.each([
  ['', 10_000, undefined],
  ['initialLeaseTableWriteCapacity = 50', 10_000, undefined],
  ['billingMode = PROVISIONED', 10_000, 10],
  ['billingMode = provisioned\ninitialLeaseTableWriteCapacity = 50', 10_000, 50],
  ['billingMode = PAY_PER_REQUEST\nfailoverTimeMillis = 30000', 30_000, undefined],
])('%j is what preflight reckons with', (properties, failoverTimeMillis, newTableUnits) => {
  const { request, close } = openPreflight(loadWithArn({ properties }).config, { for: 'kcl' });
  close();
  expect(request.application?.leaseWrites).toEqual({ failoverTimeMillis, newTableUnits });
});

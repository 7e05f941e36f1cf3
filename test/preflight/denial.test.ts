import { readDenial } from '../../src/preflight/denial.js';

const WHO =
  'User: arn:aws:sts::222222222222:assumed-role/r/s is not authorized to perform: kinesis:GetRecords on resource: arn:aws:kinesis:us-east-1:111111111111:stream/orders';

test.each([
  [
    'because no identity-based policy allows the kinesis:GetRecords action',
    'identity-based policy',
    false,
    'reader',
  ],
  [
    'because no resource-based policy allows the kinesis:GetRecords action',
    'resource-based policy',
    false,
    'stream owner',
  ],
  [
    'because no permissions boundary allows the kinesis:GetRecords action',
    'permissions boundary',
    false,
    'reader',
  ],
  ['because no session policy allows the kinesis:GetRecords action', 'session policy', false, 'reader'],
  [
    'because no service control policy allows the kinesis:GetRecords action',
    'service control policy',
    false,
    'reader',
  ],
  [
    'because no VPC endpoint policy allows the kinesis:GetRecords action',
    'VPC endpoint policy',
    false,
    'reader',
  ],
  ['with an explicit deny in a resource-based policy', 'resource-based policy', true, 'stream owner'],
  ['with an explicit deny in an identity-based policy', 'identity-based policy', true, 'reader'],
  [
    'with an explicit deny in an identity-based policy: arn:aws:iam::222222222222:policy/No',
    'identity-based policy',
    true,
    'reader',
  ],
  ['with an explicit deny in a service control policy', 'service control policy', true, 'reader'],
  ['with an explicit deny in a resource control policy', 'resource control policy', true, 'stream owner'],
  ['with an explicit deny in a permissions boundary', 'permissions boundary', true, 'reader'],
  ['', undefined, false, 'both'],
])('%s', (because, policy, explicit, fixedBy) => {
  expect(readDenial(`${WHO} ${because}`)).toEqual({ policy, explicit, fixedBy });
});

test('of Kinesis for KMS, which gives no reason', () => {
  const text =
    'User arn:aws:sts::222222222222:assumed-role/r/s is not authorized to decrypt records in stream 111111111111:orders';
  expect(readDenial(text)).toEqual({ policy: undefined, explicit: false, fixedBy: 'both' });
});

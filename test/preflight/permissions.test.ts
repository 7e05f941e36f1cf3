import { actionsOf, type Removal, removals, without } from '../matrix/helpers/removals.js';
import { Share, type Way } from '../matrix/helpers/share.js';
import { broken, checkShare, statementsOf } from './helpers/check-share.js';

const APPLICATION = 'orders-app';

/** Which check proves an action; on the lease table's index, and on the tables of KCL 3.0 to 3.4, another than on the table. */
const CHECKS: Readonly<Record<string, string>> = {
  'kinesis:DescribeStream': 'describe-stream',
  'kinesis:DescribeStreamSummary': 'stream-summary',
  'kinesis:ListShards': 'list-shards',
  'kinesis:GetShardIterator': 'shard-iterator',
  'kinesis:GetRecords': 'get-records',
  'kinesis:DescribeStreamConsumer': 'consumer',
  'kinesis:SubscribeToShard': 'subscribe',
  'kms:Decrypt': 'decrypt',
  'dynamodb:CreateTable': 'lease-table-create',
  'dynamodb:DescribeTable': 'lease-table',
  'dynamodb:Scan': 'lease-table-scan',
  'dynamodb:GetItem': 'lease-table-get',
  'dynamodb:PutItem': 'lease-table-put',
  'dynamodb:UpdateItem': 'lease-table-update',
  'dynamodb:DeleteItem': 'lease-table-delete',
  'dynamodb:Query': 'lease-table-query',
  'cloudwatch:PutMetricData': 'metrics',
};

/** Needed for a lease table that KCL 1 or 2 has made, and there alone. */
const NOT_NOW = ['dynamodb:UpdateTable'];

function expected({ policy, statement }: Removal, actions: readonly string[]): Record<string, string> {
  const side = policy === 'readerPolicy' ? 'reader' : 'stream owner';
  const ids = actions
    .filter((action) => !NOT_NOW.includes(action))
    .map((action) => (statement === 'FormerTables' ? 'former-tables' : (CHECKS[action] ?? action)));
  // Kinesis does not say why KMS has refused it.
  return Object.fromEntries(ids.map((id) => [id, id === 'decrypt' ? 'both' : side]));
}

const WAYS: Record<string, Way> = {
  'KCL, polling': { for: 'kcl' },
  'KCL, fan-out, encrypted': { for: 'kcl', fanOut: true, encrypted: true },
  'Lambda, fan-out, encrypted': { for: 'lambda', fanOut: true, encrypted: true },
};

describe.each(Object.entries(WAYS))('%s', (_name, way) => {
  let share: Share;
  beforeAll(async () => {
    share = await Share.open(way);
  });
  afterAll(() => share.lab.stop());

  test('passes with the printed policies', async () => {
    const env = await share.putInForce(share.grants(APPLICATION));
    expect(broken(await checkShare(share, env, way.for, APPLICATION))).toEqual({});
  });

  test('each action and statement that is missing fails its own checks alone, and what is printed makes them pass', async () => {
    const grants = share.grants(APPLICATION);
    const all = removals(grants);
    expect(all.length).toBeGreaterThan(12);
    for (const removal of all) {
      const actions = actionsOf(grants, removal);
      const env = await share.putInForce(without(grants, removal));
      const report = await checkShare(share, env, way.for, APPLICATION);
      // With a whole statement gone, what needs a check that has failed is skipped.
      const skipped = report.checks.filter(({ status }) => status === 'skipped').map(({ id }) => id);
      const own = Object.entries(expected(removal, actions)).filter(([id]) => !skipped.includes(id));
      expect({ removal, broken: broken(report) }).toEqual({ removal, broken: Object.fromEntries(own) });

      // Until nothing is missing any more: what was skipped may be missing too.
      let now = report;
      for (let round = 0; round < 6 && !now.passed; round++) {
        for (const statement of statementsOf(now)) await share.add(statement);
        now = await checkShare(share, env, way.for, APPLICATION);
      }
      expect({ removal, broken: broken(now) }).toEqual({ removal, broken: {} });
    }
  }, 300_000);
});

import {
  DescribeContinuousBackupsCommand,
  type DynamoDBClient,
  TableNotFoundException,
  UpdateContinuousBackupsCommand,
} from '@aws-sdk/client-dynamodb';
import { parseStreamArn } from '../../../src/aws/arn.js';
import { parseReaderArn } from '../../../src/aws/reader-arn.js';
import { tableLookup } from '../../../src/leases/lookup.js';
import { grantRead } from '../../../src/policy/grants.js';
import { defineCheck, passed, type Verdict } from '../../../src/preflight/check.js';
import type { KnownIdentity } from '../../../src/preflight/checks/credentials.js';
import type { FoundTable } from '../../../src/preflight/checks/lease-table.js';
import { leaseTableBackupsCheck } from '../../../src/preflight/checks/lease-table-backups.js';

/** DynamoDB Local does not know these calls. */
async function run(
  found: FoundTable,
  {
    status,
    deniedDescribe = false,
    update = () => ({}),
  }: {
    status?: 'ENABLED' | 'DISABLED';
    deniedDescribe?: boolean;
    update?: () => unknown;
  },
) {
  const updates: unknown[] = [];
  const denied = Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' });
  const dynamodb = {
    send: async (command: unknown) => {
      if (command instanceof DescribeContinuousBackupsCommand) {
        if (deniedDescribe) throw denied;
        return {
          ContinuousBackupsDescription: {
            PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: status },
          },
        };
      }
      if (command instanceof UpdateContinuousBackupsCommand) {
        updates.push(command.input);
        return update();
      }
      throw new Error('another call');
    },
  } as unknown as DynamoDBClient;
  const need = <T>(value: T) =>
    defineCheck({
      id: 'credentials',
      asserts: 'x',
      fixedBy: 'reader',
      needs: [],
      run: async () => passed('', value),
    });
  const arn = () => 'arn:aws:dynamodb:eu-west-1:2:table/orders';
  const target = { name: 'orders', dynamodb, lookup: tableLookup(dynamodb, 'orders'), arn };
  const check = leaseTableBackupsCheck(target, need<KnownIdentity>(undefined), need(found));
  const verdict: Verdict<unknown> = await check.run(
    [undefined, found] as unknown as never[],
    new AbortController().signal,
  );
  return { ...verdict, updates: updates.length };
}

const missing = () => {
  throw new TableNotFoundException({ message: 'no table', $metadata: {} });
};
const denied = () => {
  throw Object.assign(new Error('User: x is not authorized to perform: dynamodb:UpdateContinuousBackups'), {
    name: 'AccessDeniedException',
  });
};

test.each([
  ['a missing table', 'missing' as const, { update: missing }, 'passed', 1],
  ['a missing table, denied', 'missing' as const, { update: denied }, 'failed', 1],
  ['a table that has it', {}, { status: 'ENABLED' as const }, 'passed', 1],
  ['a table that has it, denied', {}, { status: 'ENABLED' as const, update: denied }, 'failed', 1],
  ['a table without it', {}, { status: 'DISABLED' as const }, 'warning', 0],
  ['a table that may not be described', {}, { deniedDescribe: true }, 'warning', 0],
])('%s', async (_what, found, answers, status, updates) => {
  expect(await run(found, answers)).toMatchObject({ status, updates });
});

test('the printed policy has what it takes, where it is asked for', () => {
  const request = {
    for: 'kcl',
    stream: parseStreamArn('arn:aws:kinesis:eu-west-1:111111111111:stream/orders'),
    reader: parseReaderArn('arn:aws:iam::222222222222:role/orders-reader'),
    application: 'orders',
  } as const;
  const backups = (pointInTimeRecovery: boolean) =>
    grantRead({ ...request, pointInTimeRecovery })
      .readerPolicy.Statement.flatMap(({ Action }) => Action)
      .filter((action) => /ContinuousBackups/.test(action ?? ''));
  expect(backups(false)).toEqual([]);
  expect(backups(true)).toEqual(['dynamodb:DescribeContinuousBackups', 'dynamodb:UpdateContinuousBackups']);
});

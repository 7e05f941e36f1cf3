import {
  CreateTableCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { allow, OWNER, policy, READER, ROLE, SESSION } from '../helpers/access.js';
import { answerTo, type GatedLab, startGatedLab } from './helpers/gated-lab.js';
import { headersOf, post } from './helpers/raw.js';

const TABLE = `arn:aws:dynamodb:us-east-1:${READER}:table/leases`;
const Key = { leaseKey: { S: 'a' } };

let lab: GatedLab;
beforeAll(async () => {
  lab = await startGatedLab();
  await create(lab.as(READER).dynamodb, 'leases');
});
afterAll(() => lab.stop());

function create(dynamodb: DynamoDBClient, TableName: string, Tags?: { Key: string; Value: string }[]) {
  return dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'leaseKey', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'leaseKey', AttributeType: 'S' }],
      ...(Tags && { Tags }),
    }),
  );
}

/** A session of the role that may do these actions on the table. */
const worker = (...actions: string[]) =>
  lab.session(
    ROLE,
    actions.map((action) => allow({ Action: `dynamodb:${action}`, Resource: TABLE })),
  ).dynamodb;
const denied = (action: string, resource = TABLE) =>
  `AccessDeniedException: User: ${SESSION} is not authorized to perform: dynamodb:${action} on resource: ` +
  `${resource} because no identity-based policy allows the dynamodb:${action} action`;

describe('DynamoDB', () => {
  const put = new PutItemCommand({ TableName: 'leases', Item: Key });

  test('needs a policy for each action', async () => {
    expect(await answerTo(worker('PutItem').send(put))).toBe('ok');
    expect(await answerTo(worker('GetItem').send(put))).toBe(denied('PutItem'));
    expect(await answerTo(worker('GetItem').send(new GetItemCommand({ TableName: 'leases', Key })))).toBe(
      'ok',
    );
  });

  test("keeps a role's table in the role's account, where the emulator looks for it", async () => {
    const found = (dynamodb: DynamoDBClient) =>
      answerTo(dynamodb.send(new DescribeTableCommand({ TableName: 'leases' })));

    expect(await found(worker('DescribeTable'))).toBe('ok');
    expect(await found(lab.as(OWNER).dynamodb)).toMatch(/^ResourceNotFoundException: /);
    expect((await lab.reader.dynamodb.send(new ListTablesCommand({}))).TableNames).toEqual(['leases']);
    expect((await lab.owner.dynamodb.send(new ListTablesCommand({}))).TableNames).toEqual([]);
  });

  test("denies another account's table", async () => {
    const get = new GetItemCommand({ TableName: TABLE, Key });

    expect(await answerTo(lab.as(OWNER).dynamodb.send(get))).toContain(
      'because no resource-based policy allows',
    );
  });

  test('asks for the index by itself', async () => {
    const query = new QueryCommand({
      TableName: 'leases',
      IndexName: 'owners',
      KeyConditionExpression: 'leaseOwner = :o',
      ExpressionAttributeValues: { ':o': { S: 'x' } },
    });

    expect(await answerTo(worker('Query').send(query))).toBe(denied('Query', `${TABLE}/index/owners`));
  });

  test('asks for each action of a transaction, and does none of them if one is denied', async () => {
    const transaction = new TransactWriteItemsCommand({
      TransactItems: [
        { Put: { TableName: 'leases', Item: { leaseKey: { S: 'b' } } } },
        { Delete: { TableName: 'leases', Key } },
      ],
    });
    const item = async () =>
      (
        await lab.reader.dynamodb.send(
          new GetItemCommand({ TableName: 'leases', Key: { leaseKey: { S: 'b' } } }),
        )
      ).Item;

    expect(await answerTo(worker('PutItem').send(transaction))).toBe(denied('DeleteItem'));
    expect(await item()).toBeUndefined();
    expect(await answerTo(worker('PutItem', 'DeleteItem').send(transaction))).toBe('ok');
    expect(await item()).toBeDefined();
  });

  test('asks for the tags of a new table by themselves', async () => {
    expect(await answerTo(create(worker('CreateTable'), 'leases', [{ Key: 'k', Value: 'v' }]))).toBe(
      denied('TagResource'),
    );
  });

  test('passes on what the emulator refuses', async () => {
    const missing = new DeleteItemCommand({ TableName: 'missing', Key });

    expect(await answerTo(lab.as(READER).dynamodb.send(missing))).toMatch(/^ResourceNotFoundException: /);
  });

  test('refuses a call that the lab does not know', async () => {
    expect(await answerTo(lab.as(READER).dynamodb.send(new ListTablesCommand({})))).toBe(
      'UnknownOperationException: the lab does not know the call DynamoDB_20120810.ListTables',
    );
  });
});

describe('PutMetricData of CloudWatch', () => {
  const TARGET = 'GraniteServiceVersion20100801.PutMetricData';
  /** As who may put metrics of the application alone. */
  function put(Namespace: string, statements = [narrowed]) {
    const { accessKeyId, sessionToken = '' } = lab.gate.identities.assume(
      lab.gate.identities.setRole({ arn: ROLE, policies: [policy(statements)] }),
      'session',
    );
    const headers = headersOf(TARGET, {
      key: accessKeyId,
      type: 'application/x-amz-json-1.0',
      service: 'monitoring',
    });
    return post(
      lab.gate.endpoint,
      { ...headers, 'x-amz-security-token': sessionToken },
      JSON.stringify({ Namespace, MetricData: [{ MetricName: 'lag', Value: 1 }] }),
    );
  }
  const narrowed = allow({
    Action: 'cloudwatch:PutMetricData',
    Condition: { StringEquals: { 'cloudwatch:namespace': 'my-application' } },
  });

  test('is taken, and goes nowhere', async () => {
    const { status, body } = await put('my-application');

    expect({ status, body: String(body) }).toEqual({ status: 200, body: '{}' });
  });

  test('of another namespace, or without a policy, is denied', async () => {
    const message =
      `User: ${SESSION} is not authorized to perform: cloudwatch:PutMetricData ` +
      'because no identity-based policy allows the cloudwatch:PutMetricData action';
    for (const { status, body } of [await put('another'), await put('my-application', [])]) {
      expect(status).toBe(400);
      expect(JSON.parse(String(body))).toEqual({ __type: 'AccessDeniedException', message });
    }
  });
});

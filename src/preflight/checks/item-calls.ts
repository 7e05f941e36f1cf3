import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';

/** A table whose items are read and written. */
export interface ItemTable {
  readonly name: string;
  /** The attribute that is its key. */
  readonly key: string;
  readonly dynamodb: DynamoDBClient;
}

/** A call that changes nothing in the table. */
type ItemCall = (table: ItemTable, abortSignal: AbortSignal) => Promise<unknown>;

/** The value of no item's key. */
const NO_ITEM = { S: 'cross-account-kcl-preflight' };
const keyOf = ({ key }: ItemTable) => ({ [key]: NO_ITEM });
/** Cannot hold, so that nothing is written. `key` is a reserved word of DynamoDB's. */
const NEVER = 'attribute_exists(#key) AND attribute_not_exists(#key)';
const onlyIfNever = ({ key }: ItemTable) => ({
  ConditionExpression: NEVER,
  ExpressionAttributeNames: { '#key': key },
});

export const ITEM_CALLS = {
  'dynamodb:Scan': ({ name, dynamodb }, abortSignal) =>
    dynamodb.send(new ScanCommand({ TableName: name, Limit: 1 }), { abortSignal }),
  'dynamodb:GetItem': (table, abortSignal) =>
    table.dynamodb.send(new GetItemCommand({ TableName: table.name, Key: keyOf(table) }), { abortSignal }),
  'dynamodb:PutItem': (table, abortSignal) =>
    table.dynamodb.send(
      new PutItemCommand({ TableName: table.name, Item: keyOf(table), ...onlyIfNever(table) }),
      { abortSignal },
    ),
  'dynamodb:UpdateItem': (table, abortSignal) =>
    table.dynamodb.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: keyOf(table),
        UpdateExpression: 'REMOVE leaseCounter',
        ...onlyIfNever(table),
      }),
      { abortSignal },
    ),
  'dynamodb:DeleteItem': (table, abortSignal) =>
    table.dynamodb.send(
      new DeleteItemCommand({ TableName: table.name, Key: keyOf(table), ...onlyIfNever(table) }),
      { abortSignal },
    ),
  /** Part of a transaction only. */
  'dynamodb:ConditionCheckItem': (table, abortSignal) =>
    table.dynamodb.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          { ConditionCheck: { TableName: table.name, Key: keyOf(table), ...onlyIfNever(table) } },
        ],
      }),
      { abortSignal },
    ),
} as const satisfies Record<string, ItemCall>;

export type ItemAction = keyof typeof ITEM_CALLS;

/** Tries the action without changing an item. @throws what DynamoDB answers, unless it shows that the call is allowed */
export async function tryOnItems(action: ItemAction, table: ItemTable, signal: AbortSignal): Promise<void> {
  try {
    await ITEM_CALLS[action](table, signal);
  } catch (error) {
    if ((error as Error).name !== 'ConditionalCheckFailedException' && !isUnmetCondition(error)) throw error;
  }
}

function isUnmetCondition(error: unknown): boolean {
  return (
    error instanceof TransactionCanceledException &&
    (error.CancellationReasons ?? []).every(({ Code }) => Code === 'ConditionalCheckFailed')
  );
}

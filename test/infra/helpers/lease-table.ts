import { CreateTableCommand, type CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import type { Account } from '../../../lab/lab.js';
import { readTemplate, resolveTemplate } from './cloudformation.js';

const FILE = 'infra/lease-table.yaml';

/** The table as CloudFormation would ask for it; point-in-time recovery is a call of its own. */
export function leaseTableOfTemplate(parameters: Record<string, string | number>): CreateTableCommandInput {
  const { LeaseTable } = resolveTemplate(readTemplate(FILE), parameters);
  const { PointInTimeRecoverySpecification: _, ...table } = LeaseTable.Properties;
  return table;
}

/** Creates the table that the template has, with changes. */
export async function createLeaseTable(
  { dynamodb }: Account,
  TableName: string,
  changes: Partial<CreateTableCommandInput> = {},
): Promise<void> {
  await dynamodb.send(new CreateTableCommand({ ...leaseTableOfTemplate({ TableName }), ...changes }));
}

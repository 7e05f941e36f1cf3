import { DescribeContinuousBackupsCommand, UpdateContinuousBackupsCommand } from '@aws-sdk/client-dynamodb';
import { isDenied, isNamed } from '../../aws/known-errors/known-errors.js';
import { type Check, defineCheck, passed, type Verdict } from '../check.js';
import { ownFailure, type TableTarget } from '../target.js';
import type { KnownIdentity } from './credentials.js';
import type { FoundTable } from './lease-table.js';

const UPDATE = 'dynamodb:UpdateContinuousBackups';

/**
 * With leaseTablePitrEnabled KCL turns point-in-time recovery on at each start, and ends if it may not. That is tried where
 * it changes nothing: on a table that is missing, and on one that has it.
 */
export function leaseTableBackupsCheck(
  target: TableTarget,
  identity: Check<KnownIdentity>,
  table: Check<FoundTable>,
): Check {
  return defineCheck({
    id: 'lease-table-backups',
    asserts: 'may turn on point-in-time recovery of the lease table, as leaseTablePitrEnabled asks for',
    fixedBy: 'reader',
    needs: [identity, table],
    async run([caller, found], signal): Promise<Verdict<undefined>> {
      if (found !== 'missing') {
        const why = await notRecovering(target, signal);
        if (why !== undefined) {
          return {
            status: 'warning',
            message: `${why}: ${UPDATE} was not tried, since it would change the table. KCL calls it at each start, and ends if it may not`,
            remedy: `Make sure that the IAM policy allows ${UPDATE} and dynamodb:DescribeContinuousBackups on ${target.arn(caller)}: policy print --point-in-time-recovery.`,
            value: undefined,
          };
        }
      }
      const command = new UpdateContinuousBackupsCommand({
        TableName: target.name,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      });
      try {
        await target.dynamodb.send(command, { abortSignal: signal });
        return passed('allowed; it is on', undefined);
      } catch (error) {
        if (isNamed(error, 'table-missing')) {
          return passed('allowed; there is no table yet', undefined);
        }
        return ownFailure(error, { action: UPDATE, resource: target.arn(caller) });
      }
    },
  });
}

/** @returns why the call would change the table or may do so; undefined where point-in-time recovery is on */
async function notRecovering(
  { name: TableName, dynamodb }: TableTarget,
  abortSignal: AbortSignal,
): Promise<string | undefined> {
  try {
    const command = new DescribeContinuousBackupsCommand({ TableName });
    const { ContinuousBackupsDescription } = await dynamodb.send(command, { abortSignal });
    const { PointInTimeRecoveryStatus: status } =
      ContinuousBackupsDescription?.PointInTimeRecoveryDescription ?? {};
    return status === 'ENABLED' ? undefined : 'point-in-time recovery of the table is off';
  } catch (error) {
    const reason = isDenied(error) ? 'is not allowed' : `failed (${(error as Error).message})`;
    return `whether the table has point-in-time recovery is unknown, since dynamodb:DescribeContinuousBackups ${reason}`;
  }
}

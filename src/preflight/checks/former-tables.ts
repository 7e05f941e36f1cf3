import { DescribeTableCommand, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { FORMER_TABLES } from '../../policy/actions.js';
import { type Check, defineCheck, passed, type Verdict } from '../check.js';
import { ownFailure, type TableTarget } from '../table-target.js';
import type { KnownIdentity } from './credentials.js';

/** KCL 3.5 asks for both at each start, and ends if it may not. */
export function formerTablesCheck(target: TableTarget, identity: Check<KnownIdentity>): Check {
  return defineCheck({
    id: 'former-tables',
    asserts: 'can ask whether the tables of KCL 3.0 to 3.4 are there',
    fixedBy: 'reader',
    needs: [identity],
    async run([caller], signal): Promise<Verdict<undefined>> {
      const asked = await Promise.all(
        FORMER_TABLES.map(async (former): Promise<string | Verdict<never> | undefined> => {
          const name = `${target.name}-${former}`;
          try {
            const command = new DescribeTableCommand({ TableName: name });
            await target.dynamodb.send(command, { abortSignal: signal });
            return name;
          } catch (error) {
            if (error instanceof ResourceNotFoundException) return undefined;
            const resource = target.arn(caller, `-${former}`);
            return ownFailure(error, { action: 'dynamodb:DescribeTable', resource });
          }
        }),
      );
      const failure = asked.find((answer) => typeof answer === 'object');
      if (failure) return failure;
      const there = asked.filter((answer) => typeof answer === 'string');
      if (there.length === 0) return passed('allowed; there are none', undefined);
      return {
        status: 'warning',
        message: `KCL goes on with ${there.join(' and ')}, of KCL 3.0 to 3.4, and reads and writes there too, which the policy of this tool does not allow`,
        cure: 'Allow on them what is allowed on the lease table, until KCL has moved to one table.',
        value: undefined,
      };
    },
  });
}

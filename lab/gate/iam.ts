import type { Fields } from '../iam/api-call.js';
import type { Access } from './access.js';
import { AwsError } from './aws-error.js';
import { accountOf, type Identities, type Identity } from './identities.js';

/** As the target of a call in the query protocol. */
export const IAM = 'AWSIdentityManagementV20100508';

/** IAM: the roles that were set, by their names, in the account of who calls. @throws AwsError */
export async function answerIam(
  operation: string,
  fields: Fields,
  identity: Identity,
  identities: Identities,
  access: Access,
): Promise<object> {
  if (operation !== 'GetRole') throw new AwsError('InvalidAction', `the lab's IAM knows no ${operation}`);
  const name = String(fields.RoleName ?? '');
  if (!/^[\w+=,.@-]{1,64}$/.test(name)) {
    throw new AwsError('ValidationError', `'${name}' can't be the name of a role`);
  }
  const account = accountOf(identity);
  const role = identities.roleNamed(account, name);
  const { partition = 'aws' } = identity.caller.type === 'root' ? identity.caller : {};
  const arn = role?.arn ?? `arn:${partition}:iam::${account}:role/${name}`;
  const denial = await access.ask(`${IAM}.GetRole`, identity, {
    action: 'iam:GetRole',
    resource: { arn, account },
    context: {},
  });
  // IAM says the role by its name, so that its path stays unknown.
  if (denial) throw new AwsError('AccessDenied', denial.text.replace(arn, `role ${name}`), 403);
  if (role === undefined)
    throw new AwsError('NoSuchEntity', `The role with name ${name} cannot be found.`, 404);
  const trust = role.trust ?? { Version: '2012-10-17', Statement: [] };
  return {
    Role: {
      Path: arn.slice(arn.indexOf(':role/') + 5, -name.length),
      RoleName: name,
      RoleId: identities.ids.idOf(arn),
      Arn: arn,
      CreateDate: new Date(0),
      AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(trust)),
    },
  };
}

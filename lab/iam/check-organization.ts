import { checkGrammar } from './grammar.js';
import { levels, type Organization } from './organization.js';
import { listOf, PolicyError, type Statement } from './types.js';

const PATH = /^(o-[a-z0-9]{10,32})\/r-[0-9a-z]{4,32}\/(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}\/)*$/;

/** @throws PolicyError for what AWS Organizations would not have */
export function checkOrganization(organization: Organization): void {
  const { id, accounts, managementAccount, serviceControl = {}, resourceControl = {} } = organization;
  for (const [account, path] of Object.entries(accounts)) {
    if (!/^\d{12}$/.test(account))
      throw new PolicyError(`'${account}' is not an account: it needs 12 digits`);
    if (PATH.exec(path)?.[1] !== id) {
      throw new PolicyError(
        `'${path}' is not the path of an account in '${id}': such as o-exampleorg1/r-root/ou-root-workload1/`,
      );
    }
  }
  if (managementAccount !== undefined && !Object.hasOwn(accounts, managementAccount)) {
    throw new PolicyError(`the management account ${managementAccount} has no path in '${id}'`);
  }
  const targets = Object.keys(accounts).flatMap((account) => levels(organization, account));
  for (const [type, attachments] of [
    ['service-control', serviceControl],
    ['resource-control', resourceControl],
  ] as const) {
    for (const [target, policies] of Object.entries(attachments)) {
      if (!targets.includes(target)) {
        throw new PolicyError(`no account in '${id}' is or belongs to '${target}', which has policies`);
      }
      for (const policy of policies) checkGrammar(policy, type, `a policy of ${target}`);
    }
  }
  for (const { Statement } of Object.values(resourceControl).flat()) {
    listOf(Statement).forEach(checkResourceControl);
  }
}

/** "RCP syntax" (AWS Organizations User Guide). */
function checkResourceControl(statement: Statement): void {
  const { Effect, Principal, NotPrincipal, Action, NotAction } = statement;
  if (Effect !== 'Deny') throw new PolicyError('a resource control policy has statements with Deny only');
  if (NotPrincipal !== undefined || Principal !== '*') {
    throw new PolicyError("a resource control policy needs Principal '*'; a Condition names others");
  }
  if (NotAction !== undefined || listOf(Action).includes('*')) {
    throw new PolicyError('a resource control policy needs Action with the names of services: kms:*');
  }
}

import type { Finding, Surroundings } from './cautions.js';
import { conditionEntries, sameName, whileHolds } from './condition-entries.js';
import { isOwnersOwn, unboundServices } from './owners-own.js';
import { hasWildcard } from './patterns.js';
import { awsPrincipals, isGone } from './principals.js';
import { type Condition, listOf, type Statement } from './types.js';

/** Whom an Allow lets in besides the reader. */
export function ofAllow(statement: Statement, { owner }: Surroundings): Finding[] {
  const { Action, NotAction, NotPrincipal, Principal, Condition } = statement;
  const findings: Finding[] = [];
  const when = whileHolds(Condition);
  // The owner's own account stands in every key's policy, and lets its administrators decide by IAM.
  const ownersOwn = isOwnersOwn(statement, owner);
  if (awsPrincipals(Principal).includes('*') && !ownersOwn) {
    findings.push({ code: 'everyone', message: `allows every principal of every account${when}` });
  }
  const wild = listOf(Action).filter(hasWildcard).join(' and ');
  const accounts = awsPrincipals(Principal).flatMap((principal) => wholeAccount(principal) ?? []);
  const foreign = isForServicesOnly(Condition) ? [] : accounts.filter((account) => account !== owner);
  for (const account of foreign) {
    const what = wild === '' ? '' : ` whatever ${wild} matches`;
    const message = `allows all of account ${account}${what}, whose administrators choose who that is${when}; name a role`;
    findings.push({ code: 'whole-account', message });
  }
  if (NotPrincipal !== undefined && !ownersOwn) {
    findings.push({
      code: 'not-principal',
      message: `allows everyone but the principals that it names${when}`,
    });
  }
  if (wild !== '' && !ownersOwn && foreign.length === 0) {
    findings.push({ code: 'wildcard-action', message: `allows every action that matches ${wild}${when}` });
  }
  if (NotAction !== undefined && !ownersOwn) {
    findings.push({ code: 'not-action', message: `allows every action but those that it names${when}` });
  }
  const services = wild !== '' || NotAction !== undefined ? unboundServices(statement) : [];
  if (services.length > 0 && ownersOwn) {
    const message = `allows ${services.join(' and ')} ${wild === '' ? 'every action but those that it names' : wild} for any account; aws:SourceAccount or aws:SourceArn would narrow it`;
    findings.push({ code: 'confused-deputy', message });
  }
  return findings;
}

export function ofPrincipals({ Principal, NotPrincipal }: Statement): Finding[] {
  const gone = [...awsPrincipals(Principal), ...awsPrincipals(NotPrincipal)].filter(isGone);
  return gone.map((id) => ({
    code: 'principal-gone',
    message: `names ${id}, a role or user that was deleted; a new one of the same name does not match`,
  }));
}

/** Whether it allows grants only which AWS services make for what they keep in the account, as the KMS console writes it. */
function isForServicesOnly(condition: Condition | undefined): boolean {
  return conditionEntries(condition).some(
    ({ operator, key, values }) =>
      sameName(operator, 'Bool') &&
      sameName(key, 'kms:GrantIsForAWSResource') &&
      listOf(values).every((value) => sameName(String(value), 'true')),
  );
}

/** The account that a principal stands for as a whole. */
function wholeAccount(principal: string): string | undefined {
  return /^(?:arn:aws[a-z-]*:iam::)?(\d{12})(?::root)?$/.exec(principal)?.[1];
}

import { conditionEntries, sameName, whileHolds } from './condition-entries.js';
import { hasWildcard } from './coverage.js';
import { awsPrincipals, isGone } from './principals.js';
import { type Condition, listOf, type Statement } from './types.js';

export const RISK_RANKS = {
  everyone: 'risk',
  'whole-account': 'risk',
  'wildcard-action': 'risk',
  'not-action': 'risk',
  'not-principal': 'risk',
  'confused-deputy': 'note',
  'principal-gone': 'note',
} as const;

interface Finding {
  readonly code: keyof typeof RISK_RANKS;
  readonly message: string;
}

/** Whom an Allow lets in besides the reader. */
export function ofAllow(statement: Statement, owner: string): Finding[] {
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

/** Keys whose value is an account, or an ARN with one. */
const ACCOUNT_KEYS = ['aws:principalaccount', 'kms:calleraccount', 'aws:sourceaccount', 'aws:sourceowner'];
const ARN_KEYS = ['aws:principalarn', 'aws:sourcearn'];
/** What a service is narrowed by to the resources that it works for. */
const SERVICE_KEYS = /^(aws:source(account|owner|arn|orgid|orgpaths)|kms:encryptioncontext:.*)$/;

/**
 * Whether an Allow concerns only the owner: it names only principals of the owner's account and AWS services, or
 * its condition lets in no other account.
 */
function isOwnersOwn(statement: Statement, owner: string): boolean {
  const { Principal, NotPrincipal } = statement;
  if (narrowedToAccount(statement, owner)) return true;
  if (NotPrincipal !== undefined || Principal === undefined || Principal === '*') return false;
  const { AWS: _aws, Service: _service, ...others } = Principal;
  const names = [
    ...awsPrincipals(Principal).filter((name) => !isGone(name)),
    ...Object.values(others).flatMap(listOf),
  ];
  return names.every((name) => accountOf(name) === owner);
}

/** The AWS services that the statement allows to act for any account. */
function unboundServices({ Principal, Condition }: Statement): readonly string[] {
  if (Principal === undefined || Principal === '*') return [];
  const bound = conditionEntries(Condition).some(({ key }) => SERVICE_KEYS.test(key.toLowerCase()));
  return bound ? [] : listOf(Principal.Service);
}

/** By an operator that fails where the key is missing. A wildcard before the account could stand for another one. */
function narrowedToAccount({ Condition }: Statement, owner: string): boolean {
  return conditionEntries(Condition).some(({ operator, key, values }) => {
    const [name, texts] = [key.toLowerCase(), listOf(values).map(String)];
    if (!/^(string|arn)(equals|equalsignorecase|like)$/i.test(operator) || texts.length === 0) return false;
    if (ACCOUNT_KEYS.includes(name)) return texts.every((text) => text === owner);
    return ARN_KEYS.includes(name) && texts.every((text) => accountOf(text) === owner);
  });
}

/** Of an account's number, or of an ARN whose parts before the account have no wildcard. */
function accountOf(name: string): string | undefined {
  return /^(?:arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:)?(\d{12})(?::.+)?$/.exec(name)?.[1];
}

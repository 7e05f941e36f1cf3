import { conditionEntries } from './condition-entries.js';
import { awsPrincipals, isGone } from './principals.js';
import { listOf, type Statement } from './types.js';

/** Keys whose value is an account, or an ARN with one. */
const ACCOUNT_KEYS = ['aws:principalaccount', 'kms:calleraccount', 'aws:sourceaccount', 'aws:sourceowner'];
const ARN_KEYS = ['aws:principalarn', 'aws:sourcearn'];
/** What a service is narrowed by to the resources that it works for. */
const SERVICE_KEYS = /^(aws:source(account|owner|arn|orgid|orgpaths)|kms:encryptioncontext:.*)$/;

/**
 * Whether an Allow is a matter of the owner alone: it names principals of the owner's account and AWS services only, or
 * its condition lets in no other account.
 */
export function isOwnersOwn(statement: Statement, owner: string): boolean {
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

/** The AWS services that the statement lets act for whatever account asks them to. */
export function unboundServices({ Principal, Condition }: Statement): readonly string[] {
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

import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { credentialsFailure } from '../../aws/credentials-failure.js';
import { partitionOf } from '../../aws/partition.js';
import type { ReaderArn } from '../../aws/reader-arn.js';
import { mayNotBeEnabled, notEnabled } from '../../aws/region-opt-in.js';
import { deadlineSignal } from '../../errors/time-limit.js';
import { alwaysHasPath, type Identity, identityOf, sessionRole } from '../caller.js';
import { type Check, defineCheck, type Verdict } from '../check.js';
import { failureOf } from '../failure.js';

/** Undefined where STS could not be asked: the other checks can still tell. */
export type KnownIdentity = Identity | undefined;

/** A network without a way to STS often swallows what is sent: the others must not wait for it in vain. */
const STS_LIMIT_MS = 4_000;
const NOT_STS = 'STS, or what answered for it, named nobody';

export interface CredentialsOptions {
  readonly sts: STSClient;
  /** Whose account the stream is of. */
  readonly owner: string;
  /** Who should call, if that was said. */
  readonly expected?: ReaderArn | undefined;
}

export function credentialsCheck({ sts, owner, expected }: CredentialsOptions): Check<KnownIdentity> {
  return defineCheck({
    id: 'credentials',
    asserts: 'has valid credentials of the reader',
    fixedBy: 'reader',
    needs: [],
    async run(_needs, signal): Promise<Verdict<KnownIdentity>> {
      try {
        const answer = await sts.send(new GetCallerIdentityCommand({}), {
          abortSignal: deadlineSignal(STS_LIMIT_MS, signal),
        });
        const { Arn, Account } = answer;
        return Arn === undefined || Account === undefined
          ? { status: 'warning', message: `the caller is unknown: ${NOT_STS}` }
          : judge(identityOf(Arn, Account), owner, expected);
      } catch (error) {
        const disabled = await regionNotEnabled(error, sts, signal);
        if (disabled) return disabled;
        const failure = failureOf(error, { action: 'sts:GetCallerIdentity', resource: '*' });
        // Networks without a way to STS are common, and KCL does not ask it.
        return failure.status === 'error'
          ? { ...failure, status: 'warning', message: `the caller is unknown: ${failure.message}` }
          : failure;
      }
    },
  });
}

/**
 * Services answer in the same words to credentials that are not valid and to those of an account without the region: the
 * partition's first region, which every account has, tells which.
 */
async function regionNotEnabled(
  error: unknown,
  sts: STSClient,
  signal: AbortSignal,
): Promise<Verdict<never> | undefined> {
  const region = await sts.config.region();
  if (!mayNotBeEnabled(error, region)) return undefined;
  const { implicitGlobalRegion } = partitionOf(region);
  const { credentials, requestHandler, endpoint, isCustomEndpoint } = sts.config;
  const elsewhere = new STSClient({
    ...{ region: implicitGlobalRegion, credentials, requestHandler, maxAttempts: 2 },
    ...(isCustomEndpoint && endpoint ? { endpoint } : {}),
  });
  try {
    const { Arn, Account } = await elsewhere.send(new GetCallerIdentityCommand({}), {
      abortSignal: deadlineSignal(STS_LIMIT_MS, signal),
    });
    const valid = `STS knows these credentials in ${implicitGlobalRegion}, as ${Arn}`;
    const { reason, remedy } = notEnabled(error as Error, region, Account, valid);
    return { status: 'failed', fixedBy: 'reader', message: reason, remedy };
  } catch (other) {
    const failure = credentialsFailure(other);
    if (failure === undefined || failure.transient) return undefined; // unknown: failureOf names both causes
    return { status: 'failed', fixedBy: 'reader', message: failure.reason, remedy: failure.remedy };
  }
}

function judge(identity: Identity, owner: string, expected: ReaderArn | undefined): Verdict<KnownIdentity> {
  const { account, arn } = identity;
  if (expected && expected.account !== account) {
    return {
      status: 'failed',
      message: `these are credentials of account ${account} (${arn}); the reader is ${expected.arn}`,
      remedy: `Use credentials of account ${expected.account}.`,
    };
  }
  if (expected && !isOf(identity, expected)) {
    return {
      status: 'failed',
      message: `these are credentials of ${arn}; the reader is ${expected.arn}`,
      remedy: `Use credentials of ${expected.arn}.`,
    };
  }
  if (account === owner) {
    return {
      status: 'warning',
      message: `${arn} is of account ${account}, which owns the stream: nothing is read across accounts`,
      value: identity,
    };
  }
  return {
    status: 'passed',
    message: `${arn}${inPolicies(identity, expected)}`,
    value: expected ? { ...identity, reader: expected } : identity,
  };
}

function inPolicies({ arn, reader }: Identity, expected: ReaderArn | undefined): string {
  const named = expected ?? reader;
  if (named) return `: policies must name ${named.arn}`;
  const role = sessionRole(arn);
  if (role === undefined) return '';
  return alwaysHasPath(role.name)
    ? ': its role has a path, which STS does not report; give --reader'
    : `: policies must name the role ${role.name} by its ARN, with its path if it has one; STS does not report it`;
}

/** Of a role only the name is compared: STS does not report its path. */
function isOf({ arn, reader }: Identity, expected: ReaderArn): boolean {
  return expected.kind === 'role' ? sessionRole(arn)?.name === expected.name : reader?.arn === expected.arn;
}

import { randomBytes } from 'node:crypto';
import { checkGrammar } from '../iam/grammar.js';
import type { Network } from '../iam/network.js';
import { type Caller, type Context, listOf, type Policy, type PolicySet } from '../iam/types.js';
import { AwsError } from './aws-error.js';
import { UniqueIds } from './unique-ids.js';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** Who calls, and the policies of IAM that are attached to it. */
export interface Identity {
  readonly caller: Caller;
  readonly policies: readonly Policy[];
  readonly limits: Limits;
  /** The condition keys that follow from its tags and its credentials. */
  readonly context?: Context;
  /** Those that the call itself has, whatever it is for. */
  readonly ofCall?: Context;
  /** How the call has come in. */
  readonly network?: Network;
}

export function accountOf({ caller }: Identity): string {
  if (caller.type === 'root') return caller.account;
  return (caller.type === 'session' ? caller.roleArn : caller.arn).split(':')[4] ?? '';
}

/** What limits an identity beside its own policies; each is absent where there is none. */
export type Limits = Pick<PolicySet, 'boundary' | 'serviceControl' | 'session'>;

export interface Role {
  readonly arn: string;
  /** Read at each request, so that a change counts at once. */
  policies: readonly Policy[];
  /** Who may assume it; without one nobody may. */
  trust?: Policy;
  boundary?: Policy;
  /** Of the role's account: root, units and account; besides those of its organization, if it has one. */
  serviceControl?: readonly (readonly Policy[])[];
  tags?: Tags;
}

/** `aws:PrincipalTag/` and the name → the value. */
export type Tags = Readonly<Record<string, string>>;

interface Key {
  readonly credentials: Credentials;
  /** Before its time. */
  expired?: boolean;
  /** The unique id of the user, or of the session's role; undefined for a role that was never set. */
  readonly ownerId: string | undefined;
  identity(): Identity;
}

/** As long as on AWS, if not asked otherwise. */
const SESSION_SECONDS = 3600;

/** The lab's IAM: users, roles and sessions, by access key. */
export class Identities {
  readonly #keys = new Map<string, Key>();
  readonly #roles = new Map<string, Role>();
  readonly ids = new UniqueIds();
  /** How long sessions last from now on, whatever is asked for; undefined: as on AWS. */
  sessionSeconds: number | undefined;

  /**
   * A user with an access key of its own.
   *
   * @throws PolicyError for a policy that IAM would not attach
   */
  addUser(arn: string, policies: readonly Policy[], { tags = {} as Tags } = {}): Credentials {
    for (const policy of policies) checkGrammar(policy, 'identity-based', `a policy of ${arn}`);
    this.ids.create(arn);
    const credentials = newCredentials('AKIA');
    this.#keys.set(credentials.accessKeyId, {
      credentials,
      ownerId: this.#idOf(arn),
      identity: () => ({ caller: { type: 'user', arn }, policies, limits: {}, context: tagContext(tags) }),
    });
    return credentials;
  }

  /**
   * A role, or the same with other policies.
   *
   * @throws PolicyError for a policy that IAM would not attach
   */
  setRole(role: Role): Role {
    const { arn, policies, trust, boundary, serviceControl = [] } = role;
    for (const policy of policies) checkGrammar(policy, 'identity-based', `a policy of ${arn}`);
    for (const policy of listOf(trust)) checkGrammar(policy, 'role-trust', `the trust policy of ${arn}`);
    for (const policy of listOf(boundary)) {
      checkGrammar(policy, 'permissions-boundary', `the permissions boundary of ${arn}`);
    }
    for (const policy of serviceControl.flat()) {
      checkGrammar(policy, 'service-control', `a service control policy of ${arn}`);
    }
    this.ids.create(arn);
    this.#roles.set(arn, role);
    return role;
  }

  /** Its sessions end with it. A role that is set again under this name is another one, with an id of its own. */
  deleteRole(arn: string): void {
    this.#roles.delete(arn);
    this.ids.delete(arn);
  }

  /** Its access keys end with it. */
  deleteUser(arn: string): void {
    this.ids.delete(arn);
  }

  #idOf(arn: string): string | undefined {
    return this.ids.exists(arn) ? this.ids.idOf(arn) : undefined;
  }

  role(arn: string): Role | undefined {
    return this.#roles.get(arn);
  }

  /** In an account a role's name is taken once, whatever its path. */
  roleNamed(account: string, name: string): Role | undefined {
    return [...this.#roles.values()].find(
      ({ arn }) => arn.split(':')[4] === account && arn.endsWith(`/${name}`),
    );
  }

  /**
   * Credentials of the role for any caller: STS checks the trust policy before.
   *
   * @throws PolicyError for a session policy that STS would not take
   */
  assume(
    role: Role,
    sessionName: string,
    { seconds = SESSION_SECONDS, session = [] as readonly Policy[], tags: ofSession = {} as Tags } = {},
  ): Credentials {
    for (const policy of session) checkGrammar(policy, 'session', `a session policy of ${role.arn}`);
    const issued = new Date();
    const credentials = {
      ...newCredentials('ASIA'),
      sessionToken: randomBytes(48).toString('base64'),
      expiration: new Date(issued.getTime() + (this.sessionSeconds ?? seconds) * 1000),
    };
    this.#keys.set(credentials.accessKeyId, {
      credentials,
      ownerId: this.#idOf(role.arn),
      identity: () => {
        // As they are now: the role may have been set again.
        const { policies, boundary, serviceControl, tags } = this.#roles.get(role.arn) ?? role;
        return {
          caller: { type: 'session', roleArn: role.arn, sessionName },
          policies,
          limits: { session, ...(boundary && { boundary }), ...(serviceControl && { serviceControl }) },
          context: { ...tagContext({ ...tags, ...ofSession }), 'aws:TokenIssueTime': issued.toISOString() },
        };
      },
    });
    return credentials;
  }

  /** Every session that was given out is expired, whatever its Expiration says: as with a clock that is slow. */
  expireSessions(): void {
    for (const key of this.#keys.values()) key.expired = key.credentials.sessionToken !== undefined;
  }

  /**
   * A 12-digit access key id is the root user of that account, as the emulators have it.
   *
   * @throws AwsError for a key that does not exist, another session's token and what has expired
   */
  authenticate(accessKeyId: string, sessionToken: string | undefined): Identity {
    if (/^\d{12}$/.test(accessKeyId)) {
      return { caller: { type: 'root', account: accessKeyId, partition: 'aws' }, policies: [], limits: {} };
    }
    const key = this.#keys.get(accessKeyId);
    if (
      key === undefined ||
      key.credentials.sessionToken !== sessionToken ||
      (key.ownerId !== undefined && this.ids.arnOf(key.ownerId) === undefined)
    ) {
      throw new AwsError(
        'UnrecognizedClientException',
        'The security token included in the request is invalid.',
      );
    }
    const { expiration } = key.credentials;
    if (key.expired || (expiration !== undefined && expiration.getTime() <= Date.now())) {
      throw new AwsError('ExpiredTokenException', 'The security token included in the request is expired');
    }
    return key.identity();
  }
}

function tagContext(tags: Tags): Context {
  // Names of tags are compared without regard to case, and the later of two counts.
  return Object.fromEntries(
    Object.entries(tags).map(([name, value]) => [`aws:PrincipalTag/${name.toLowerCase()}`, value]),
  );
}

function newCredentials(prefix: 'AKIA' | 'ASIA'): Credentials {
  return {
    // Base 32 as on AWS: letters and digits only.
    accessKeyId: prefix + randomBytes(10).toString('hex').toUpperCase().slice(0, 16),
    secretAccessKey: randomBytes(30).toString('base64'),
  };
}

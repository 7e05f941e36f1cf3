import { randomBytes } from 'node:crypto';
import type { Caller, Policy, PolicySet } from '../iam/types.js';
import { AwsError } from './aws-error.js';

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
  /** Of the role's account: root, units and account. */
  serviceControl?: readonly (readonly Policy[])[];
}

interface Key {
  readonly credentials: Credentials;
  /** Before its time. */
  expired?: boolean;
  identity(): Identity;
}

/** As long as on AWS, if not asked otherwise. */
const SESSION_SECONDS = 3600;

/** The lab's IAM: users, roles and sessions, by access key. */
export class Identities {
  readonly #keys = new Map<string, Key>();
  readonly #roles = new Map<string, Role>();
  /** How long sessions last from now on, whatever is asked for; undefined: as on AWS. */
  sessionSeconds: number | undefined;

  /** A user with an access key of its own. */
  addUser(arn: string, policies: readonly Policy[]): Credentials {
    const credentials = newCredentials('AKIA');
    this.#keys.set(credentials.accessKeyId, {
      credentials,
      identity: () => ({ caller: { type: 'user', arn }, policies, limits: {} }),
    });
    return credentials;
  }

  /** A role, or the same with other policies. */
  setRole(role: Role): Role {
    this.#roles.set(role.arn, role);
    return role;
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

  /** Credentials of the role, whoever asks: STS looks at the trust policy before. */
  assume(
    role: Role,
    sessionName: string,
    { seconds = SESSION_SECONDS, session = [] as readonly Policy[] } = {},
  ): Credentials {
    const credentials = {
      ...newCredentials('ASIA'),
      sessionToken: randomBytes(48).toString('base64'),
      expiration: new Date(Date.now() + (this.sessionSeconds ?? seconds) * 1000),
    };
    this.#keys.set(credentials.accessKeyId, {
      credentials,
      identity: () => {
        // As they are now: the role may have been set again.
        const { policies, boundary, serviceControl } = this.#roles.get(role.arn) ?? role;
        return {
          caller: { type: 'session', roleArn: role.arn, sessionName },
          policies,
          limits: { session, ...(boundary && { boundary }), ...(serviceControl && { serviceControl }) },
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
    if (key === undefined || key.credentials.sessionToken !== sessionToken) {
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

function newCredentials(prefix: 'AKIA' | 'ASIA'): Credentials {
  return {
    // Base 32 as on AWS: letters and digits only.
    accessKeyId: prefix + randomBytes(10).toString('hex').toUpperCase().slice(0, 16),
    secretAccessKey: randomBytes(30).toString('base64'),
  };
}

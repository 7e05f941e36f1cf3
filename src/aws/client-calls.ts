import { noteSecret } from '../errors/secrets.js';

/** What a call is signed with; the SDK's types name only what its own code needs. */
interface Identity {
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly sessionToken?: string;
  /** 12 digits, where the credentials say it. */
  readonly accountId?: string;
}

/** What a middleware of that step needs of a client of the SDK. */
export interface CallingClient<Step extends 'initialize' | 'finalizeRequest'> {
  readonly config: { readonly region: string | (() => Promise<string>); readonly credentials: unknown };
  readonly middlewareStack: {
    add(
      middleware: <A, R>(next: (args: A) => Promise<R>, context: object) => (args: A) => Promise<R>,
      options: { step: Step; name: string; priority: 'low' | 'normal' },
    ): void;
  };
}

/** Where and for whom a call was made that failed; the SDK's errors do not say. */
export interface Called {
  readonly region: string;
  /** The 12 digits of the account that the credentials are of, where they say. */
  readonly account: string | undefined;
}

const failed = new WeakMap<object, Called>();

/** Undefined for an error of a client that is not one of ours. */
export function calledBefore(error: unknown): Called | undefined {
  return typeof error === 'object' && error !== null ? failed.get(error) : undefined;
}

/**
 * The client, whose credentials are hidden from all that is written from its first call on, wherever they come from, and
 * whose failed calls have noted where they went.
 */
export function noting<C extends CallingClient<'finalizeRequest'>>(client: C): C {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const { secretAccessKey, sessionToken, accountId } = identityOf(context) ?? {};
      noteSecret(secretAccessKey);
      noteSecret(sessionToken);
      try {
        return await next(args);
      } catch (error) {
        if (typeof error === 'object' && error !== null) {
          const { region } = client.config;
          const name = typeof region === 'string' ? region : await region();
          failed.set(error, { region: name, account: accountId });
        }
        throw error;
      }
    },
    { step: 'finalizeRequest', name: 'noteCalls', priority: 'normal' },
  );
  return client;
}

/** Of a call: its context in a middleware, once it is signed. */
export function identityOf(context: object): Identity | undefined {
  const { __smithy_context: smithy } = context as {
    __smithy_context?: { selectedHttpAuthScheme?: { identity?: Identity } };
  };
  return smithy?.selectedHttpAuthScheme?.identity;
}

/** Where and for whom a call was made that failed; the SDK's errors do not say. */
export interface Called {
  readonly region: string;
  /** The 12 digits of the account that the credentials are of, where they say. */
  readonly account: string | undefined;
}

interface CallContext {
  __smithy_context?: { selectedHttpAuthScheme?: { identity?: { accountId?: string } } };
}

interface Client {
  readonly config: { region: string | (() => Promise<string>) };
  readonly middlewareStack: {
    add(
      middleware: <A, R>(next: (args: A) => Promise<R>, context: object) => (args: A) => Promise<R>,
      options: { step: 'finalizeRequest'; name: string },
    ): void;
  };
}

const calls = new WeakMap<object, Called>();

/** Undefined for an error of a client that is not one of ours. */
export function calledBefore(error: unknown): Called | undefined {
  return typeof error === 'object' && error !== null ? calls.get(error) : undefined;
}

/** The client, of whose failed calls is noted where they went. */
export function notingCalls<C extends Client>(client: C): C {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        const { region } = client.config;
        const { selectedHttpAuthScheme: scheme } = (context as CallContext).__smithy_context ?? {};
        if (typeof error === 'object' && error !== null) {
          calls.set(error, {
            region: typeof region === 'string' ? region : await region(),
            account: scheme?.identity?.accountId,
          });
        }
        throw error;
      }
    },
    { step: 'finalizeRequest', name: 'noteCalls' },
  );
  return client;
}

/** What AWS answers to credentials that have expired, or that it does not know (any more). */
const REFUSALS = [
  'ExpiredTokenException',
  'ExpiredToken',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
];

interface Identity {
  accessKeyId?: string;
}

/** Of a call; the SDK's types name only what its own code needs. */
interface CallContext {
  __smithy_context?: { selectedHttpAuthScheme?: { identity?: Identity } };
}

/** What every client of the SDK has. */
interface Client {
  readonly config: { readonly credentials: unknown };
  readonly middlewareStack: {
    add(
      middleware: <A, R>(next: (args: A) => Promise<R>, context: object) => (args: A) => Promise<R>,
      options: { step: 'initialize'; name: string; priority: 'low' },
    ): void;
  };
}

type Provider = (request: { forceRefresh: true; refused: string }) => Promise<Identity>;

/**
 * The client, which makes a call once more with other credentials if AWS refuses those that it was signed with and their
 * source gives others: they were revoked, or have expired before this machine's clock says so. The SDK signs all its
 * attempts of a call with the credentials of the first one.
 */
export function renewingRefused<C extends Client>(client: C): C {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        const refused = accessKeyOf(context);
        if (!REFUSALS.includes((error as Error).name) || refused === undefined) throw error;
        const provider = client.config.credentials as Provider;
        // Why there are no others says more than that these have expired.
        const { accessKeyId } = await provider({ forceRefresh: true, refused });
        if (accessKeyId === refused) throw error;
        return next(args);
      }
    },
    { step: 'initialize', name: 'renewRefusedCredentials', priority: 'low' },
  );
  return client;
}

function accessKeyOf(context: object): string | undefined {
  const { selectedHttpAuthScheme: scheme } = (context as CallContext).__smithy_context ?? {};
  return scheme?.identity?.accessKeyId;
}

import { type CallingClient, identityOf } from './client-calls.js';
import { isNamed } from './known-errors/known-errors.js';

type Provider = (request: { forceRefresh: true; refused: string }) => Promise<{ accessKeyId?: string }>;

/**
 * The client, which makes a call once more with other credentials if AWS refuses those that it was signed with and their
 * source gives others: they were revoked, or have expired before this machine's clock says so. The SDK signs all its
 * attempts of a call with the credentials of the first one.
 */
export function renewingRefused<C extends CallingClient<'initialize'>>(client: C): C {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        const refused = identityOf(context)?.accessKeyId;
        if (refused === undefined || !isNamed(error, 'expired-credentials', 'unknown-credentials'))
          throw error;
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

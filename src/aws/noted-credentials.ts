import { noteSecret } from '../errors/secrets.js';
import { notingCalls } from './called.js';

interface Identity {
  secretAccessKey?: string;
  sessionToken?: string;
}

/** Of a call; the SDK's types name only what its own code needs. */
interface CallContext {
  __smithy_context?: { selectedHttpAuthScheme?: { identity?: Identity } };
}

/** What every client of the SDK has. */
interface Client {
  readonly config: { region: string | (() => Promise<string>) };
  readonly middlewareStack: {
    add(
      middleware: <A, R>(next: (args: A) => Promise<R>, context: object) => (args: A) => Promise<R>,
      options: { step: 'finalizeRequest'; name: string },
    ): void;
  };
}

/** The client, whose credentials are hidden from all that is written from its first call on, wherever they come from. */
export function noting<C extends Client>(client: C): C {
  client.middlewareStack.add(
    (next, context) => (args) => {
      const { selectedHttpAuthScheme: scheme } = (context as CallContext).__smithy_context ?? {};
      const { secretAccessKey, sessionToken } = scheme?.identity ?? {};
      noteSecret(secretAccessKey);
      noteSecret(sessionToken);
      return next(args);
    },
    { step: 'finalizeRequest', name: 'noteCredentials' },
  );
  return notingCalls(client);
}

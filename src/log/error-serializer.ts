import { stdSerializers } from 'pino';

/** As much of a cause's message tells whether the error's own has it: some messages cut what they take over. */
const COMPARED = 200;

/**
 * An error for the log, with its message once: pino adds the message of each cause, which an error that explains its
 * cause has in its own already. It never throws, whatever a handler threw: a getter may throw, and so may a proxy.
 */
export function errorForLog(error: Error): unknown {
  try {
    return serialize(error);
  } catch {
    return { message: 'the error can not be shown' };
  }
}

function serialize(error: Error): unknown {
  // A child of the launcher has made it fit for the log.
  if (Object.getPrototypeOf(error ?? {}) === Object.prototype) return error;
  const serialized: unknown = stdSerializers.err(error);
  if (serialized === error) return error; // not an error
  return Object.assign(serialized as object, { message: messageOf(error) });
}

function messageOf(error: Error): string {
  let message = error.message;
  const seen = new Set<unknown>([error]);
  for (let { cause } = error; isError(cause) && !seen.has(cause); cause = cause.cause) {
    seen.add(cause);
    if (!message.includes(cause.message.slice(0, COMPARED))) message += `: ${cause.message}`;
  }
  return message;
}

function isError(value: unknown): value is Error {
  return typeof (value as Error | undefined)?.message === 'string';
}

/** A connection that was not made, by its proxy or for its certificate; it says what to do about it. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  readonly remedy: string;
  /** As Node has it, such as ECONNREFUSED: the SDK calls again after some of them. */
  readonly code: string | undefined;
  /** By it the SDK knows that another attempt may succeed. */
  readonly $retryable: object | undefined;

  constructor(message: string, { remedy, cause, retryable }: ConnectionErrorDetails) {
    super(message, cause === undefined ? undefined : { cause });
    this.remedy = remedy;
    this.code = (cause as NodeJS.ErrnoException | undefined)?.code;
    this.$retryable = retryable ? {} : undefined;
  }
}

export interface ConnectionErrorDetails {
  remedy: string;
  cause?: unknown;
  retryable?: boolean;
}

/** Of TLS, where the certificate is right but for who signed it. */
const UNKNOWN_AUTHORITY = [
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_UNTRUSTED',
];

/** What it means that a host's certificate is not trusted; undefined for any other error, such as that of a proxy. */
export function untrustedCertificate(error: unknown, host: string): ConnectionError | undefined {
  if (error instanceof ConnectionError) return undefined;
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (!UNKNOWN_AUTHORITY.includes(code)) return undefined;
  const file = process.env.NODE_EXTRA_CA_CERTS;
  return new ConnectionError(
    `the certificate of ${host} is signed by an authority that is not trusted: ${message} (${code})`,
    {
      remedy: `Does a proxy or firewall sign anew what it reads? Then name the file of its CA certificate (PEM) in NODE_EXTRA_CA_CERTS, which ${file ? `is ${file}` : 'is not set'}; KCL, in Java, trusts it too.`,
      cause: error,
    },
  );
}

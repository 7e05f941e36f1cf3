/** An answer that AWS would give instead of a result. */
export class AwsError extends Error {
  override readonly name = 'AwsError';

  constructor(
    /** As the SDKs name it: AccessDeniedException. */
    readonly code: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
  }
}

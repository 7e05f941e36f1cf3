/** What became of an invocation. */
export interface InvocationResult {
  readonly requestId: string;
  /** What the handler answered, through JSON. */
  readonly response: unknown;
  /** Undefined if it answered: `Unhandled`, as Lambda calls every error of a function. */
  readonly functionError: 'Unhandled' | undefined;
  /** Of the error. */
  readonly errorType?: string | undefined;
  readonly errorMessage?: string | undefined;
}

/** What an error says of the call. */
export type ErrorKind =
  /** The credentials are missing, wrong or too old. */
  | 'credentials'
  /** An action is not allowed, and a statement may give it. */
  | 'denied'
  /** An action is not allowed, and no statement that is added gives it. */
  | 'barred'
  /** What was asked for is not there. */
  | 'missing'
  /** AWS's last word until somebody changes something. */
  | 'refused'
  | 'throttled'
  /** It says nothing of the access: another try may succeed, or AWS was not reached. */
  | 'unclear';

/** An error of AWS that has a cause and a cure of its own. */
export interface KnownError {
  /** The names that say it by themselves; without "Exception" at their ends, in any case. */
  readonly names: readonly string[];
  /**
   * Names that have several causes, and what AWS's text has if it is this one. Of the names of streams, consumers, tables and
   * keys, which stand in it without quotes, nothing may match.
   */
  readonly ambiguous?: { readonly names: readonly string[]; readonly text: RegExp };
  /** The services that answer so, as their actions begin: kinesis, kms. All unless given. */
  readonly services?: readonly string[];
  /** The action that is answered, if only its errors are meant. */
  readonly action?: RegExp;
  readonly kind: ErrorKind;
  /** Who must change something; both unless given. */
  readonly fixedBy?: 'stream owner' | 'reader';
  /** Full sentences, as is the cure. */
  readonly cause: string;
  readonly cure: string;
}

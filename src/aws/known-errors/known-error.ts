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
  /** AWS was not asked, or did not answer. */
  | 'unreachable'
  /** It says nothing of the access: another try may succeed. */
  | 'unclear';

/**
 * Whose side must change something. `key owner` is the account of the stream's key where that is not the stream's;
 * `both` is the owner or the reader, where AWS does not say which.
 */
export type FixedBy = 'stream owner' | 'key owner' | 'reader' | 'both';

/** An error of AWS that has a cause and a remedy of its own. */
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
  /** The policies, as AWS names them, that only limit what others allow: no statement elsewhere helps. */
  readonly limits?: readonly string[];
  /** `both` unless given. */
  readonly fixedBy?: FixedBy;
  /** Full sentences, as is the remedy. */
  readonly cause: string;
  readonly remedy: string;
}

/**
 * Exit codes of `cross-account-kcl start`, documented in docs/exit-codes.md.
 *
 * A stop by a second signal ends with 128 + the signal's number (130 for SIGINT, 143 for SIGTERM).
 */
export const ExitCode = {
  /** Ended gracefully: the work was checkpointed and the leases were released. */
  ok: 0,
  /** A defect of this program; the log holds the stack trace. */
  unexpected: 1,
  /** The configuration, or what the machine must provide for it (Java, paths), is wrong. Nothing was started. */
  configuration: 2,
  /** The stream, the lease table or the credentials can't be used. */
  access: 3,
  /** The record handler failed; the checkpoint stays before the record that it failed on. */
  handler: 4,
  /** Of `policy … --strict`: the reader may be denied, or may still read after it was removed. */
  caution: 4,
  /** The KCL daemon ended by itself, broke the protocol or did not stop in time. */
  daemon: 5,
  /** The log could not be written: stopped as on SIGTERM, with final checkpoints. */
  log: 6,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

import { ExitCode } from './exit-codes.js';

export interface ErrorDetails {
  /** What to do about it, in one or two sentences. */
  remedy?: string;
  cause?: unknown;
}

/** Base of every error that this project raises on purpose: it knows its code and the process's exit code. */
export abstract class CrossAccountKclError extends Error {
  /** Stable and prefixed, so that callers can tell errors apart without reading messages. */
  abstract readonly code: `XAK_${string}`;
  abstract readonly exitCode: ExitCode;
  readonly remedy: string | undefined;

  constructor(message: string, { remedy, cause }: ErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.remedy = remedy;
  }
}

/** One thing that is wrong with the configuration. */
export interface ConfigurationProblem {
  /** The key as the user would write it, or the file's path. */
  key: string;
  message: string;
}

/** Everything that is wrong with the configuration, in one error. */
export class ConfigurationError extends CrossAccountKclError {
  readonly code = 'XAK_CONFIGURATION';
  readonly exitCode = ExitCode.configuration;
  readonly problems: readonly ConfigurationProblem[];

  constructor(problems: readonly ConfigurationProblem[], details?: ErrorDetails) {
    const lines = problems.map(({ key, message }) => `  ${key}: ${message}`);
    super(`the configuration can't be used:\n${lines.join('\n')}`, details);
    this.problems = problems;
  }
}

/** The machine lacks something that the configuration needs: Java, the built launcher, a usable path. */
export class EnvironmentError extends CrossAccountKclError {
  readonly code = 'XAK_ENVIRONMENT';
  readonly exitCode = ExitCode.configuration;
}

/** The creation epoch contradicts the stream or its leases. */
export class EpochError extends CrossAccountKclError {
  readonly code = 'XAK_EPOCH';
  readonly exitCode = ExitCode.configuration;
}

/** The lease table belongs to another kind of application: starting on it would read everything again. */
export class LeaseTableError extends CrossAccountKclError {
  readonly code = 'XAK_LEASE_TABLE';
  readonly exitCode = ExitCode.configuration;
}

/** A policy that can't be made, read or changed: nothing was written. */
export class PolicyError extends CrossAccountKclError {
  readonly code = 'XAK_POLICY';
  readonly exitCode = ExitCode.configuration;
}

/** With `--strict`: the policies were printed or written, and a caution of them concerns the reader's own access. */
export class CautionError extends CrossAccountKclError {
  readonly code = 'XAK_CAUTION';
  readonly exitCode = ExitCode.caution;
}

/** AWS refused a call, or could not be reached. */
export class AccessError extends CrossAccountKclError {
  readonly code = 'XAK_ACCESS';
  readonly exitCode = ExitCode.access;
}

/** The user's record handler threw, rejected or could not be loaded. */
export class HandlerError extends CrossAccountKclError {
  readonly code = 'XAK_HANDLER';
  readonly exitCode = ExitCode.handler;
}

/** The KCL daemon ended by itself or did not stop in time. */
export class DaemonError extends CrossAccountKclError {
  readonly code = 'XAK_DAEMON';
  readonly exitCode = ExitCode.daemon;
}

/** The log could not be written: its disk is full, or nobody reads its pipe. */
export class LogError extends CrossAccountKclError {
  readonly code = 'XAK_LOG';
  readonly exitCode = ExitCode.log;
}

/** A frame or message on the way between the launcher and Node breaks the protocol (docs/protocol.md). */
export class ProtocolError extends CrossAccountKclError {
  readonly code = 'XAK_PROTOCOL';
  readonly exitCode = ExitCode.daemon;
}

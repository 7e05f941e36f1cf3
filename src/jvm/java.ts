import path from 'node:path';
import { EnvironmentError } from '../errors/errors.js';

export const JAVA_VERSION_FLOOR = 17;

/** The program that runs the launcher. */
export function javaOf({ JAVA_HOME }: NodeJS.ProcessEnv): string {
  return JAVA_HOME ? path.join(JAVA_HOME, 'bin', 'java') : 'java';
}

/** What it means that it can't be started. */
export function noJava(
  java: string,
  { JAVA_HOME }: NodeJS.ProcessEnv,
  cause: NodeJS.ErrnoException,
): EnvironmentError {
  const where = JAVA_HOME ? `JAVA_HOME is ${JAVA_HOME}` : 'JAVA_HOME is not set';
  const reason = cause.code === 'ENOENT' ? 'there is no such program' : cause.message;
  return new EnvironmentError(`Java can't be started as '${java}': ${reason}; ${where}`, {
    remedy: `Install Java ${JAVA_VERSION_FLOOR} or newer and put it on PATH, or set JAVA_HOME.`,
    cause,
  });
}

/** @param found what told of its version */
export function javaTooOld(found: string): EnvironmentError {
  return new EnvironmentError(`the Java that was found is too old: ${found}`, {
    remedy: `Install Java ${JAVA_VERSION_FLOOR} or newer, or set JAVA_HOME to one.`,
  });
}

/** What the JVM says of the options that it takes from the environment, without the values of properties: passwords, too. */
export function withoutProperties(text: string): string {
  return text.replace(/(-D[^\s=]+=)(?:"[^"]*"|'[^']*'|\S+)/g, '$1…');
}

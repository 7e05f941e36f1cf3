import { execFile } from 'node:child_process';
import type { EnvironmentError } from '../../errors/errors.js';
import { JAVA_VERSION_FLOOR, javaOf, javaTooOld, noJava, withoutProperties } from '../../jvm/java.js';
import { type Check, defineCheck, passed, type Verdict } from '../check.js';

export function javaCheck(env: NodeJS.ProcessEnv): Check {
  return defineCheck({
    id: 'java',
    asserts: `has Java ${JAVA_VERSION_FLOOR} or newer`,
    fixedBy: 'reader',
    needs: [],
    async run(_needs, signal): Promise<Verdict<undefined>> {
      const java = javaOf(env);
      const { error, text } = await versionText(java, env, signal);
      if (typeof error?.code === 'string') return failed(noJava(java, env, error as NodeJS.ErrnoException));
      const [, version, feature] = /version "((?:1\.)?(\d+)[^"]*)"/.exec(text) ?? [];
      if (version === undefined) {
        const ended = error ? `${error.message}\n` : '';
        return {
          status: 'failed',
          message: `'${java} -version' does not tell a version: ${withoutProperties(`${ended}${text}`.trim())}`,
          remedy: `Install Java ${JAVA_VERSION_FLOOR} or newer, or set JAVA_HOME to one.`,
        };
      }
      if (Number(feature) < JAVA_VERSION_FLOOR) return failed(javaTooOld(`${version}, started as '${java}'`));
      return passed(`${version}, started as '${java}'`, undefined);
    },
  });
}

/** Java writes it to stderr, after what JAVA_TOOL_OPTIONS makes it say. */
function versionText(
  java: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<{ error: (Error & { code?: string | number | null }) | null; text: string }> {
  return new Promise((resolve) => {
    execFile(java, ['-version'], { env, signal }, (error, stdout, stderr) => {
      resolve({ error, text: `${stderr}${stdout}` });
    });
  });
}

export function failed({ message, remedy }: EnvironmentError): Verdict<never> {
  return { status: 'failed', message, ...(remedy !== undefined && { remedy }) };
}

import { execFile } from 'node:child_process';
import { credentialChain } from '../aws/credential-chain.js';
import type { CredentialServer } from '../aws/credential-server.js';
import type { LoadedConfig } from '../config/load.js';
import { EnvironmentError } from '../errors/errors.js';
import { javaOf, noJava } from '../jvm/java.js';
import { ENCODING_OPTIONS } from '../jvm/jvm-options.js';
import { launcherFiles } from '../jvm/launcher-files.js';
import { makeRunDirectory } from '../jvm/run-directory.js';
import type { JavaCredentials, ServiceCredentials } from '../preflight/checks/java-credentials.js';
import { launcherInputs } from './launcher-inputs.js';

const MAIN_CLASS = 'crossaccountkcl.run.CredentialsReport';

/**
 * Starts the launcher for nothing but its credentials, with the properties and the environment that `start` gives it.
 *
 * @throws EnvironmentError if it can't be started, or refuses the configuration
 */
export async function readJavaCredentials(
  loaded: LoadedConfig,
  signal: AbortSignal,
): Promise<JavaCredentials> {
  const { config } = loaded;
  const directory = await makeRunDirectory(config.runDirectory);
  let server: CredentialServer | undefined;
  try {
    const region = async () => config.regionName;
    const own = await credentialChain()({ callerClientConfig: { region } }).catch(
      () => undefined, // the check of this process's credentials says why
    );
    // Nothing is read: any epoch will do.
    const streams = config.streams.map((source) => ({
      ...source,
      creationEpoch: source.creationEpoch === undefined ? undefined : 1,
      createdAt: 0,
      retentionMs: 0,
    }));
    const { propertiesFile, env, credentials } = await launcherInputs(loaded, streams, directory);
    server = credentials;
    const { failure, ...services } = await report([propertiesFile, own?.accessKeyId ?? ''], env, signal);
    if (typeof failure === 'string') throw new EnvironmentError(failure);
    return {
      ownAccessKeyId: own?.accessKeyId,
      services: services as Record<string, ServiceCredentials>,
    };
  } finally {
    server?.close();
    await directory.remove();
  }
}

type Report = Readonly<Record<string, ServiceCredentials | string>>;

function report(args: readonly string[], env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Report> {
  const java = javaOf(env);
  // As little as it takes: it lives for a second.
  const options = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', ...ENCODING_OPTIONS];
  const command = [...options, '-cp', launcherFiles().jar, MAIN_CLASS, ...args];
  return new Promise((resolve, reject) => {
    execFile(java, command, { env, signal, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      const line = stdout.split('\n').find((text) => text.startsWith('{"credentialsReport"'));
      if (line !== undefined) {
        resolve((JSON.parse(line) as { credentialsReport: Report }).credentialsReport);
      } else if (typeof error?.code === 'string') reject(noJava(java, env, error as NodeJS.ErrnoException));
      else reject(new EnvironmentError(`the launcher did not tell its credentials: ${stderr.slice(-1_000)}`));
    });
  });
}

import { credentialChain } from '../aws/credential-chain.js';
import { CredentialServer } from '../aws/credential-server.js';
import { withEndpointSettings } from '../aws/endpoint-environment.js';
import type { LoadedConfig } from '../config/load.js';
import type { RunDirectory } from '../jvm/run-directory.js';
import type { TrackedStream } from '../leases/tracked-streams.js';
import { launcherProperties, toPropertiesText } from './launcher-properties.js';
import { environmentWithChildren } from './multilang/children.js';

/** What the launcher is given, by `start` and by preflight's java-credentials alike. */
export interface LauncherInputs {
  readonly propertiesFile: string;
  readonly env: NodeJS.ProcessEnv;
  /** Until the launcher has ended. */
  readonly credentials: CredentialServer;
}

/** @throws EnvironmentError */
export async function launcherInputs(
  loaded: LoadedConfig,
  streams: readonly TrackedStream[],
  directory: RunDirectory,
): Promise<LauncherInputs> {
  const { config } = loaded;
  const { socketPath, credentialsSocketPath } = directory;
  const env =
    config.transport === 'host'
      ? await withEndpointSettings(process.env, config.regionName)
      : await environmentWithChildren(config, streams);
  const properties = launcherProperties(loaded, streams, env, socketPath, credentialsSocketPath);
  const propertiesFile = await directory.writeProperties(toPropertiesText(properties));
  const credentials = await CredentialServer.listen(
    credentialsSocketPath,
    credentialChain(),
    config.regionName,
  );
  return { propertiesFile, env, credentials };
}

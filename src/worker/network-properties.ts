import { dirname, join } from 'node:path';
import { withEndpointSettings } from '../aws/endpoint-environment.js';
import { jvmProxyProperties } from '../aws/jvm-network.js';
import type { LoadedConfig } from '../config/load.js';

/**
 * How the JVM reaches AWS, as this process does (NetworkSettings.java): the proxy, and what is trusted besides Java's own
 * certificates.
 *
 * @param socketPath in the directory of the run, where the launcher writes its trust store
 * @param env of the JVM (withEndpointSettings)
 * @throws EnvironmentError if KCL can't go by the proxy that the environment names
 */
export function networkProperties(
  loaded: LoadedConfig,
  socketPath: string,
  env: NodeJS.ProcessEnv,
): Record<string, string> {
  const proxy = Object.entries(jvmProxyProperties(endpointsOf(loaded), env));
  const { NODE_EXTRA_CA_CERTS: certificates } = process.env;
  return {
    ...Object.fromEntries(proxy.map(([name, value]) => [`launcher.system.${name}`, value])),
    ...(certificates && {
      'launcher.extraCaCertificates': certificates,
      'launcher.trustStore': join(dirname(socketPath), 'trust-store.jks'),
    }),
  };
}

/** @throws EnvironmentError if KCL can't go by the proxy that the environment names */
export async function checkJvmProxy(loaded: LoadedConfig): Promise<void> {
  const env = await withEndpointSettings(process.env, loaded.config.regionName);
  jvmProxyProperties(endpointsOf(loaded), env);
}

/** Those of the configuration, also KCL's own keys for the endpoint of a client. */
function endpointsOf({ config, kclProperties }: LoadedConfig): (string | undefined)[] {
  const ofClients = Object.entries(kclProperties).flatMap(([key, text]) =>
    key.endsWith('.endpointOverride') ? [text] : [],
  );
  return [config.kinesisEndpoint, config.dynamoDBEndpoint, ...ofClients];
}

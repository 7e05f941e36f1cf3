import { dirname, join } from 'node:path';
import { jvmProxyProperties } from '../aws/jvm-network.js';
import type { ConsumerConfig } from '../config/load.js';

/**
 * How the JVM reaches AWS, as this process does (NetworkSettings.java): the proxy, and what is trusted besides Java's own
 * certificates.
 *
 * @param socketPath in the directory of the run, where the launcher writes its trust store
 * @throws EnvironmentError if KCL can't go by the proxy that the environment names
 */
export function networkProperties(
  { kinesisEndpoint, dynamoDBEndpoint }: Pick<ConsumerConfig, 'kinesisEndpoint' | 'dynamoDBEndpoint'>,
  socketPath: string,
): Record<string, string> {
  const proxy = Object.entries(jvmProxyProperties([kinesisEndpoint, dynamoDBEndpoint]));
  const { NODE_EXTRA_CA_CERTS: certificates } = process.env;
  return {
    ...Object.fromEntries(proxy.map(([name, value]) => [`launcher.system.${name}`, value])),
    ...(certificates && {
      'launcher.extraCaCertificates': certificates,
      'launcher.trustStore': join(dirname(socketPath), 'trust-store.jks'),
    }),
  };
}

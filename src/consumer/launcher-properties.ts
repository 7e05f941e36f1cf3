import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jvmProxyProperties } from '../aws/jvm-network.js';
import type { LoadedConfig } from '../config/load.js';
import type { TrackedStream } from '../streams/tracked-streams.js';

const CHILD = fileURLToPath(new URL('./multilang-child.js', import.meta.url));

/** What the launcher reads: KCL's keys, and its own (LauncherSettings.java). */
export function launcherProperties(
  { config, kclProperties }: LoadedConfig,
  streams: readonly TrackedStream[],
  socketPath: string,
): Record<string, string> {
  const proxy = jvmProxyProperties([config.kinesisEndpoint, config.dynamoDBEndpoint]);
  const { NODE_EXTRA_CA_CERTS: certificates } = process.env;
  const optional = {
    'launcher.leaseTableRegion': config.leaseTableRegion,
    'launcher.streamRoleArn': config.streamRoleArn,
    'launcher.streamRoleExternalId': config.streamRoleExternalId,
    'launcher.extraCaCertificates': certificates,
    // Beside the socket, in the directory of this run.
    'launcher.trustStore': certificates && join(dirname(socketPath), 'trust-store.jks'),
    ...Object.fromEntries(Object.entries(proxy).map(([name, value]) => [`launcher.system.${name}`, value])),
  };
  return {
    ...kclProperties,
    executableName: 'cross-account-kcl',
    processingLanguage: `nodejs/${process.versions.node}`,
    'launcher.streams': JSON.stringify(streams.map(toEntry)),
    'launcher.allowEpochChange': String(config.allowEpochChange),
    'launcher.formerStreamsLeaseRetentionMillis': String(config.formerStreamsLeaseRetentionMs),
    'launcher.initialLeaseSyncMaxWaitMillis': String(config.initialLeaseSyncMaxWaitMs),
    ...(config.transport === 'host'
      ? { 'launcher.socketPath': socketPath }
      : { 'launcher.childCommand': JSON.stringify([process.execPath, CHILD]) }),
    ...Object.fromEntries(Object.entries(optional).filter((entry): entry is [string, string] => !!entry[1])),
  };
}

function toEntry({ stream, consumer, creationEpoch, createdAt, initialPosition }: TrackedStream) {
  return {
    streamArn: stream.arn,
    creationEpoch,
    streamCreatedAt: createdAt,
    consumerArn: consumer?.arn,
    initialPosition,
  };
}

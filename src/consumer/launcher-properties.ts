import { fileURLToPath } from 'node:url';
import { stringify } from 'dot-properties';
import { servedByNode } from '../config/credentials-providers.js';
import type { LoadedConfig } from '../config/load.js';
import type { TrackedStream } from '../streams/tracked-streams.js';
import { networkProperties } from './network-properties.js';

const CHILD = fileURLToPath(new URL('./multilang-child.js', import.meta.url));

/**
 * What the launcher reads: KCL's keys, and its own (LauncherSettings.java).
 *
 * @param env of the launcher
 */
export function launcherProperties(
  loaded: LoadedConfig,
  streams: readonly TrackedStream[],
  env: NodeJS.ProcessEnv,
  socketPath: string,
  credentialsSocketPath?: string,
): Record<string, string> {
  const { config, kclProperties } = loaded;
  const optional = {
    'launcher.leaseTableRegion': config.leaseTableRegion,
    'launcher.streamRoleArn': config.streamRoleArn,
    'launcher.streamRoleExternalId': config.streamRoleExternalId,
    'launcher.credentialsSocketPath': credentialsSocketPath,
  };
  return {
    ...(credentialsSocketPath === undefined ? kclProperties : servedByNode(kclProperties)),
    executableName: 'cross-account-kcl',
    processingLanguage: `nodejs/${process.versions.node}`,
    'launcher.streams': JSON.stringify(streams.map(toEntry)),
    'launcher.allowEpochChange': String(config.allowEpochChange),
    'launcher.formerStreamsLeaseRetentionMillis': String(config.formerStreamsLeaseRetentionMs),
    'launcher.initialLeaseSyncMaxWaitMillis': String(config.initialLeaseSyncMaxWaitMs),
    ...networkProperties(loaded, socketPath, env),
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

/** The text of a .properties file, in ASCII, that Java's `Properties.load` reads back as the same keys and values. */
export function toPropertiesText(properties: Readonly<Record<string, string>>): string {
  const lines = Object.entries(properties).map(([key, value]) => [key, value]);
  const text = stringify(lines, { lineWidth: null });
  return `${text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;
}

import { stringify } from 'dot-properties';
import { configKeys } from '../config/config-keys.js';
import { servedByNode } from '../config/credentials-providers.js';
import type { LoadedConfig, WorkerConfig } from '../config/load.js';
import type { TrackedStream } from '../leases/tracked-streams.js';
import { CHILD_COMMAND } from './multilang/children.js';
import { networkProperties } from './network-properties.js';

/**
 * What the launcher reads: KCL's keys, and its own (LauncherSettings.java). Every key with a value, defaults included: the
 * launcher has none of its own.
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
  return {
    ...(credentialsSocketPath === undefined ? kclProperties : servedByNode(kclProperties)),
    executableName: 'cross-account-kcl',
    processingLanguage: `nodejs/${process.versions.node}`,
    'launcher.streams': JSON.stringify(streams.map(toEntry)),
    ...launcherKeys(config),
    ...(credentialsSocketPath !== undefined && { 'launcher.credentialsSocketPath': credentialsSocketPath }),
    ...networkProperties(loaded, socketPath, env),
    ...(config.transport === 'host'
      ? { 'launcher.socketPath': socketPath }
      : { 'launcher.childCommand': JSON.stringify(CHILD_COMMAND) }),
  };
}

/** The keys of the schema that it reads. */
function launcherKeys(config: WorkerConfig): Record<string, string> {
  const entries = configKeys.flatMap(({ key, launcher }) => {
    const value = launcher && config[key as keyof WorkerConfig];
    return value === undefined ? [] : [[`launcher.${key}`, String(value)]];
  });
  return Object.fromEntries(entries) as Record<string, string>;
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

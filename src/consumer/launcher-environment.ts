import { withEndpointSettings } from '../aws/endpoint-environment.js';
import { configKeys, environmentName } from '../config/config-keys.js';
import { deliveryKeys } from '../config/delivery-keys.js';
import type { ConsumerConfig } from '../config/load.js';
import type { TrackedStream } from '../streams/tracked-streams.js';
import { retentionEnvironment } from './delivery-settings.js';
import { noteReplaced } from './replaced-environment.js';

/**
 * The launcher's environment. A child of the multilang transport inherits it, reads its settings from it, and restores the
 * variables that are for KCL's clients only.
 */
export async function launcherEnvironment(
  config: ConsumerConfig,
  streams: readonly TrackedStream[],
): Promise<NodeJS.ProcessEnv> {
  if (config.transport === 'host') return await withEndpointSettings(process.env, config.regionName);
  const given = childEnvironment(config, streams);
  return noteReplaced(await withEndpointSettings(given, config.regionName), given);
}

function childEnvironment(config: ConsumerConfig, streams: readonly TrackedStream[]): NodeJS.ProcessEnv {
  // What came from the environment may have been overridden by a flag: the child must not read it again.
  const ofKeys = new Set(configKeys.map(({ environment }) => environment));
  const others = Object.entries(process.env).filter(
    ([name]) => !ofKeys.has(name) && !/^(KCL|STREAMS_\d+)_/.test(name),
  );
  return {
    ...Object.fromEntries(others),
    // The launcher adds STREAM_ARN, the stream of the child's shard.
    ...deliveryEnvironment(config),
    ...retentionEnvironment(streams),
    CALL_PROCESS_RECORDS_EVEN_FOR_EMPTY_RECORD_LIST: String(config.callProcessRecordsEvenForEmptyRecordList),
    LOG_LEVEL: config.logLevel,
    LOG_FORMAT: 'json',
    ...(config.handler === undefined ? {} : { HANDLER: config.handler }),
  };
}

/** The settings of delivery as the child reads them. */
function deliveryEnvironment(config: ConsumerConfig): NodeJS.ProcessEnv {
  const { failureQueueUrl, ...others } = deliveryKeys;
  const names = Object.keys(others) as (keyof typeof others)[];
  return {
    ...Object.fromEntries(names.map((key) => [environmentName(key), String(config[key])])),
    ...(config.failureQueueUrl && { [environmentName('failureQueueUrl')]: config.failureQueueUrl.url }),
  };
}

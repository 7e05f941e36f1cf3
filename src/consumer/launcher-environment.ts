import { configKeys } from '../config/config-keys.js';
import { deliveryKeys } from '../config/delivery-keys.js';
import type { ConsumerConfig } from '../config/load.js';
import { environmentName } from '../config/names.js';
import type { TrackedStream } from '../streams/tracked-streams.js';
import { retentionEnvironment } from './delivery-settings.js';

/** The launcher's environment, which a child of the multilang transport inherits and reads its settings from. */
export function launcherEnvironment(
  config: ConsumerConfig,
  streams: readonly TrackedStream[],
): NodeJS.ProcessEnv {
  if (config.transport === 'host') return process.env;
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

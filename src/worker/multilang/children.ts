/**
 * What the worker does for the children of the multilang transport. It is the only module of this folder that the rest
 * of src imports; the child itself (child.ts) is a process of its own.
 */
import { fileURLToPath } from 'node:url';
import { withEndpointSettings } from '../../aws/endpoint-environment.js';
import { configKeys, environmentName } from '../../config/config-keys.js';
import { deliveryKeys } from '../../config/delivery-keys.js';
import type { WorkerConfig } from '../../config/load.js';

import type { UncheckpointedRecords } from '../../delivery/uncheckpointed-records.js';
import type { TrackedStream } from '../../leases/tracked-streams.js';
import { noteReplaced, retentionEnvironment } from './child-environment.js';

/** What the launcher starts for each shard. */
export const CHILD_COMMAND = [process.execPath, fileURLToPath(new URL('./child.js', import.meta.url))];

/**
 * The environment of a launcher with children. They inherit it, read their settings from it, and restore the variables
 * that are for KCL's clients only.
 */
export async function environmentWithChildren(
  config: WorkerConfig,
  streams: readonly TrackedStream[],
): Promise<NodeJS.ProcessEnv> {
  const given = childEnvironment(config, streams);
  return noteReplaced(await withEndpointSettings(given, config.regionName), given);
}

function childEnvironment(config: WorkerConfig, streams: readonly TrackedStream[]): NodeJS.ProcessEnv {
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
function deliveryEnvironment(config: WorkerConfig): NodeJS.ProcessEnv {
  const { failureQueueUrl, ...others } = deliveryKeys;
  const names = Object.keys(others) as (keyof typeof others)[];
  return {
    ...Object.fromEntries(names.map((key) => [environmentName(key), String(config[key])])),
    ...(config.failureQueueUrl && { [environmentName('failureQueueUrl')]: config.failureQueueUrl.url }),
  };
}

/**
 * Notes what a child logs of the records that it lost its lease with, and of its checkpoints (ShardDelivery,
 * Checkpoints). What LOG_LEVEL keeps it from logging is unknown here.
 */
export function noteChildEntry(uncheckpointed: UncheckpointedRecords, entry: Record<string, unknown>): void {
  const { stream, shard, msg, sequenceNumber, subSequenceNumber } = entry;
  if (typeof stream !== 'string' || typeof shard !== 'string') return;
  if (msg === 'shard ended, checkpointed') return uncheckpointed.stored(stream, shard);
  if (typeof sequenceNumber !== 'string' || !/^\d+$/.test(sequenceNumber)) return;
  const position = { sequenceNumber, subSequenceNumber: Number(subSequenceNumber) };
  const { records, uncheckpointed: lost } = entry;
  if (msg === 'checkpointed') uncheckpointed.stored(stream, shard, position, Number(records));
  else if (typeof lost === 'number') uncheckpointed.lost(stream, shard, position, lost);
}

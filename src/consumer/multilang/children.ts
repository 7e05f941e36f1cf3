import type { UncheckpointedRecords } from '../../delivery/uncheckpointed-records.js';

/**
 * Notes what a child of the multilang transport logs of the records that it lost its lease with, and of its checkpoints
 * (ShardDelivery, Checkpoints). What LOG_LEVEL keeps it from logging is unknown here.
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

import type { RecordHandler } from './index.js';

/**
 * What happens to each record: the one function to write. See RecordHandler for what it may rely on.
 *
 * This sample only logs that a record came, and not what is in it.
 */
export const handleRecord: RecordHandler = async (record, { logger }) => {
  logger.debug({ bytes: record.data.length }, 'record');
};

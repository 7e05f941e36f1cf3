import type { RecordHandler } from './record-handler.js';

/** `--handler sample`: logs that a record came, and not what is in it. */
export const handleRecord: RecordHandler = ({ data, subSequenceNumber }, { logger }) => {
  logger.info({ subSequenceNumber, bytes: data.length }, 'record');
};

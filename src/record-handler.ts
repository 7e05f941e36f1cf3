/**
 * What happens to each record: the one file to write. Until it exports a handler, `start` and `npm run build:lambda`
 * refuse to run, since what nothing handles would count as handled. See RecordHandler for what it may rely on.
 *
 *     import type { RecordHandler } from './index.js';
 *
 *     export const handleRecord: RecordHandler = async (record, { logger, signal }) => {
 *       const order = JSON.parse(record.data.toString());
 *       await save(order, { signal });
 *     };
 */
export {};

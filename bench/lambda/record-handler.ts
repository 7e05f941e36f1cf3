import type { RecordHandler } from '../../src/index.js';

/** Does what the sample of powertools does. */
export const handleRecord: RecordHandler = async ({ data }) => {
  JSON.parse(data.toString());
};

import type { RecordHandler } from '../../src/index.js';

/** Never finishes. */
export const handleRecord: RecordHandler = () => new Promise(() => {});

import type { RecordHandler } from '../../../src/index.js';

/** Logs each sample order; one that says so takes all memory. */
export const handleRecord: RecordHandler = async (record, { logger }) => {
  const { orderId, customer } = JSON.parse(record.data.toString());
  if (customer === 'memory') {
    const kept: Buffer[] = [];
    for (;;) kept.push(Buffer.alloc(2 ** 20, 1));
  }
  logger.info({ orderId }, 'order');
};

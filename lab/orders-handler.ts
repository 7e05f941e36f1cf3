import type { RecordHandler } from '../src/index.js';
import type { Order } from './sample-orders.js';

/** Logs each sample order, for people to see. */
export const handleRecord: RecordHandler = async (record, { logger }) => {
  const { orderId, customer, placedAt } = JSON.parse(record.data.toString()) as Order;
  logger.info({ orderId, customer, placedAt }, 'order');
};

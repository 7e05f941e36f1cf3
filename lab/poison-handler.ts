import type { RecordHandler } from '../src/index.js';
import { handleRecord as handle } from './ledger-handler.js';
import type { Order } from './sample-orders.js';

/** Notes every order as the ledger does, and fails on the one whose id is POISON. */
export const handleRecord: RecordHandler = (record, context) => {
  const { orderId } = JSON.parse(record.data.toString()) as Order;
  if (orderId === process.env.POISON) throw new Error(`order ${orderId} can't be handled`);
  return handle(record, context);
};

import type { RecordToPut } from './put-records.js';

/** What an order of the sample data looks like, as JSON in a record. */
export interface Order {
  orderId: string;
  /** The account that put it: tells apart what was read from which stream. */
  account: string;
  customer: string;
  placedAt: string;
  currency: string;
  lines: { article: string; quantity: number; unitPrice: number }[];
}

const CUSTOMERS = [
  'Zoë Müller',
  'José Álvarez',
  '山田 花子',
  'Ólafur Arnalds',
  "Siobhán O'Neill",
  'Иван Петров',
];
const CURRENCIES = ['EUR', 'USD', 'JPY', 'GBP'];
const ARTICLES: readonly [string, number][] = [
  ['espresso beans 1 kg', 18.9],
  ['paper filter "No. 4"', 3.49],
  ['milk jug 350 ml', 24],
  ['grinder', 189],
  ['café crème cups, 6', 42.5],
];
const FIRST_ORDER_AT = Date.UTC(2026, 0, 5, 8);

/** The same orders at every call; their partition keys spread them over the shards. */
export function sampleOrders(account: string, count: number): RecordToPut[] {
  return Array.from({ length: count }, (_, index) => sampleOrder(account, index));
}

/** One of them, by its index. */
export function sampleOrder(account: string, index: number): RecordToPut {
  const order: Order = {
    orderId: `${account}-${String(index + 1).padStart(6, '0')}`,
    account,
    customer: pick(CUSTOMERS, index),
    placedAt: new Date(FIRST_ORDER_AT + index * 1_700).toISOString(),
    currency: pick(CURRENCIES, index * 7),
    lines: Array.from({ length: 1 + (index % 3) }, (_, line) => {
      const [article, unitPrice] = pick(ARTICLES, index + line);
      return { article, quantity: 1 + ((index + line) % 4), unitPrice };
    }),
  };
  return { partitionKey: `${order.customer}/${order.orderId}`, data: Buffer.from(JSON.stringify(order)) };
}

function pick<T>(values: readonly T[], index: number): T {
  return values[index % values.length] as T;
}

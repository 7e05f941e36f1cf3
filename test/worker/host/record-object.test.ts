import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import type { KinesisRecord } from '../../../src/delivery/record-handler.js';
import { userRecords } from '../../../src/lambda/user-records.js';
import { FrameRecords } from '../../../src/worker/host/frame-records.js';
import { toRecords } from '../../../src/worker/multilang/messages.js';
import { memoryLog } from '../../helpers/memory-log.js';
import { encodeRecords } from '../helpers/encode.js';

const SEQUENCE_NUMBER = '49590338271490256608559692538361571095921575989136588898';
/** What every way of getting a record must be like: an object that was written down. */
const literal = (): KinesisRecord => ({
  data: Buffer.from('hello'),
  partitionKey: 'order-4711',
  sequenceNumber: SEQUENCE_NUMBER,
  subSequenceNumber: 0,
  approximateArrivalTimestamp: new Date(1_700_000_000_123),
});

function fromFrame(): KinesisRecord | undefined {
  return new FrameRecords([encodeRecords([literal()]).subarray(4)]).at(0);
}

function fromDaemon(): KinesisRecord | undefined {
  const { data, approximateArrivalTimestamp, ...others } = literal();
  const arrival = approximateArrivalTimestamp?.getTime();
  return toRecords([{ ...others, data: data.toString('base64'), approximateArrivalTimestamp: arrival }])[0];
}

function fromLambda(): KinesisRecord | undefined {
  const { data, partitionKey, sequenceNumber } = literal();
  const kinesis = {
    data: data.toString('base64'),
    partitionKey: String(partitionKey),
    sequenceNumber,
    approximateArrivalTimestamp: 1_700_000_000.123,
    kinesisSchemaVersion: '1.0',
  };
  const event = { Records: [{ kinesis }] } as unknown as Parameters<typeof userRecords>[0];
  return userRecords(event, memoryLog().logger)[0]?.record;
}

describe.each([
  ['transport = host', fromFrame],
  ['transport = multilang', fromDaemon],
  ['Lambda', fromLambda],
])('a record of %s is a plain object', (_way, make) => {
  const made = () => make() as KinesisRecord;

  test('with its fields, in their order, as its own, which can be read, set, listed and deleted', () => {
    const record = made();
    expect(Object.getPrototypeOf(record)).toBe(Object.prototype);
    expect(Object.getOwnPropertyDescriptors(record)).toEqual(Object.getOwnPropertyDescriptors(literal()));
    expect(Reflect.ownKeys(record)).toEqual(Reflect.ownKeys(literal()));
    expect('data' in record && Object.hasOwn(record, 'data')).toBe(true);
    expect(Object.isExtensible(record)).toBe(true);
  });

  test.each<[string, (record: KinesisRecord) => unknown]>([
    ['spreading', (record) => ({ ...record, more: 1 })],
    ['Object.assign', (record) => Object.assign({}, record)],
    ['Object.entries', (record) => Object.entries(record)],
    ['taking it apart', ({ data, ...rest }) => [data, rest]],
    ['JSON.stringify', (record) => JSON.stringify(record)],
    ['inspect, as console.log does', (record) => inspect(record)],
    ['structuredClone', (record) => structuredClone(record)],
    ['posting it to a worker', (record) => posted(record)],
    ['assignment', (record) => Object.assign(record, { data: Buffer.from('other'), extra: true })],
  ])('%s gives what it gives for any object', (_what, use) => {
    assert.deepStrictEqual(use(made()), use(literal()));
    expect(use(made())).toStrictEqual(use(literal()));
  });

  test('once frozen it does not change', () => {
    const record = Object.freeze(made()) as { data: Buffer };
    expect(() => {
      record.data = Buffer.from('other');
    }).toThrow(TypeError);
    assert.deepStrictEqual(record, literal());
  });

  test('it is logged like one', () => {
    const { logger, lines } = memoryLog();
    logger.info({ record: made() });
    logger.info({ record: literal() });
    expect(lines[0]?.record).toEqual(lines[1]?.record);
  });
});

function posted(record: KinesisRecord): unknown {
  const { port1, port2 } = new MessageChannel();
  try {
    port1.postMessage(record);
    return receiveMessageOnPort(port2)?.message;
  } finally {
    port1.close();
  }
}

import { createHash } from 'node:crypto';
import agg from 'aws-kinesis-agg';
import fc from 'fast-check';
import protobuf from 'protobufjs/minimal.js';
import { deaggregate } from '../../src/lambda/deaggregate.js';
import { ALL_BYTES, ODD_KEY } from '../helpers/records.js';
import { aggregate, withBrokenChecksum } from '../integration/helpers/aggregates.js';

/** An aggregate with a right checksum around a message of one's own. */
function aggregateOf(write: (message: protobuf.Writer) => void): Buffer {
  const writer = protobuf.Writer.create();
  write(writer);
  const message = writer.finish();
  return Buffer.concat([Buffer.from('f3899ac2', 'hex'), message, createHash('md5').update(message).digest()]);
}

const record = (partitionKeyIndex: number | string, data: Uint8Array) =>
  protobuf.Writer.create().uint32(8).uint64(partitionKeyIndex).uint32(26).bytes(data).finish();

test('the records of an aggregate, as they were put', () => {
  const put = [
    { partitionKey: ODD_KEY, data: ALL_BYTES },
    { partitionKey: '漢'.repeat(200), data: Buffer.alloc(0) },
    { partitionKey: ODD_KEY, data: Buffer.from('\n') },
  ];

  expect(deaggregate(Buffer.from(aggregate(...put).data))).toEqual(put);
});

test('as AWS takes the same aggregates apart, whatever is in them', () => {
  const one = fc.record({
    // What looks like a number is mixed up by the encoder.
    partitionKey: fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }).map((key) => `k${key}`),
    data: fc.uint8Array({ maxLength: 300 }),
  });
  fc.assert(
    fc.property(fc.array(one, { minLength: 1, maxLength: 20 }), (put) => {
      const { data } = aggregate(...put);
      const theirs: { partitionKey: string; data: Buffer }[] = [];
      agg.deaggregateSync(
        { partitionKey: 'k', sequenceNumber: '1', data: Buffer.from(data).toString('base64') },
        true,
        (error, records) => {
          if (error) throw error;
          for (const { partitionKey, data: base64 } of records ?? []) {
            theirs.push({ partitionKey, data: Buffer.from(base64, 'base64') });
          }
        },
      );
      expect(deaggregate(Buffer.from(data))).toEqual(theirs);
    }),
  );
});

test('the table of keys may stand behind the records, and there may be fields that are not known', () => {
  const data = aggregateOf((message) => {
    message.uint32(26).bytes(record(0, Buffer.from('a')));
    message.uint32(98).string('of a later version');
    message.uint32(10).string('key');
  });

  expect(deaggregate(data)).toEqual([{ partitionKey: 'key', data: Buffer.from('a') }]);
});

test('an aggregate of nothing is refused', () => {
  expect(() => deaggregate(aggregateOf(() => {}))).toThrow('there are no records in it');
});

test.each([
  ['a plain record', Buffer.from('{"order":1}')],
  ['no data', Buffer.alloc(0)],
  ['less than an aggregate has', Buffer.from('f3899ac2', 'hex')],
  [
    'another checksum at its end',
    Buffer.from(withBrokenChecksum(aggregate({ partitionKey: 'k', data: ALL_BYTES })).data),
  ],
])('%s is none', (_what, data) => {
  expect(deaggregate(data)).toBeUndefined();
});

test.each([
  ['a key that is not in its table', 1, 'partition key 1 of a table of 1'],
  ['a key behind what 32 bits hold', '4294967296', 'partition key Infinity of a table of 1'],
])('the checksum is right, and a record asks for %s', (_what, index, message) => {
  const data = aggregateOf((writer) => {
    writer.uint32(10).string('key');
    writer.uint32(26).bytes(record(index, Buffer.from('a')));
  });

  expect(() => deaggregate(data)).toThrow(message);
});

test('the checksum is right, and a record has no data', () => {
  const data = aggregateOf((writer) => {
    writer.uint32(10).string('key');
    writer.uint32(26).bytes(protobuf.Writer.create().uint32(8).uint64(0).finish());
  });

  expect(() => deaggregate(data)).toThrow('lacks its partition key or its data');
});

test('the checksum is right, and the message is cut', () => {
  const data = aggregateOf((writer) => writer.uint32(26).uint32(1_000));

  expect(() => deaggregate(data)).toThrow();
});

test('what is changed anywhere makes no other records', () => {
  const original = Buffer.from(aggregate({ partitionKey: 'key', data: ALL_BYTES }).data);
  for (let at = 0; at < original.length; at++) {
    const changed = Buffer.from(original);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    expect(deaggregate(changed)).toBeUndefined();
  }
});

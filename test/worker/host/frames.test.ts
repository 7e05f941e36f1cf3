import { readFileSync } from 'node:fs';
import { jest } from '@jest/globals';
import fc from 'fast-check';
import { ProtocolError } from '../../../src/errors/errors.js';
import { FrameRecords } from '../../../src/worker/host/frame-records.js';
import { decodeControl, encodeControl, Frame } from '../../../src/worker/host/frames.js';
import { ALL_BYTES, ODD_KEY, recordOf, SEQUENCE_NUMBER } from '../../helpers/records.js';
import { encodeRecords } from '../helpers/encode.js';

const ARRIVAL = new Date('2023-11-14T22:13:20.123Z'); // 1700000000123
const KEY_BYTES = '70c3a9e6bca2e280a80122';

/** The bytes of the launcher's frame for one record; launcher/src/test pins the same. */
function oneRecord(millisBehindLatest: string): Buffer {
  return Buffer.from(
    [
      '52', // 'R'
      '00000001', // one record
      millisBehindLatest,
      '00000100', // 256 bytes of data
      '0000018bcfe5687b', // arrival
      '0000000000000007', // sub-sequence number
      '000b', // 11 bytes of partition key
      '38', // 56 bytes of sequence number
      KEY_BYTES,
      Buffer.from(SEQUENCE_NUMBER, 'latin1').toString('hex'),
      ALL_BYTES.toString('hex'),
    ].join(''),
    'hex',
  );
}

const ONE_RECORD = {
  data: ALL_BYTES,
  partitionKey: ODD_KEY,
  sequenceNumber: SEQUENCE_NUMBER,
  subSequenceNumber: 7,
  approximateArrivalTimestamp: ARRIVAL,
};

/** With an array of its records, and of the length that they say they have. */
function decoded(pieces: readonly Buffer[]) {
  const records = new FrameRecords(pieces);
  const { millisBehindLatest } = records;
  const all = records.slice(0, Number.POSITIVE_INFINITY);
  expect(all).toHaveLength(records.length);
  return { records: all, millisBehindLatest };
}

describe('a records frame', () => {
  test.each([
    ['unknown', 'ffffffffffffffff', undefined],
    ['0', '0000000000000000', 0],
    ['beyond 32 bits', '0000000100000002', 4_294_967_298],
  ])('is read byte by byte as documented, millisBehindLatest %s', (_name, bytes, millisBehindLatest) => {
    expect(decoded([oneRecord(bytes)])).toEqual({ records: [ONE_RECORD], millisBehindLatest });
  });

  test('the test encoder, on which other tests build, writes the same bytes', () => {
    expect(encodeRecords([ONE_RECORD]).toString('hex')).toBe(
      `00000167${oneRecord('ffffffffffffffff').toString('hex')}`,
    );
  });

  test('may hold no record at all', () => {
    const frame = encodeRecords([], 1234).subarray(4);
    expect(decoded([frame])).toEqual({ records: [], millisBehindLatest: 1234 });
  });

  test('an unknown arrival time is undefined, not 1969', () => {
    const frame = encodeRecords([recordOf()]).subarray(4);
    expect(new FrameRecords([frame]).at(0)?.approximateArrivalTimestamp).toBeUndefined();
  });

  test('data are views into the frame, not copies', () => {
    const frame = encodeRecords([recordOf({ data: Buffer.from('abc') })]).subarray(4);
    const record = new FrameRecords([frame]).at(0);
    frame.write('x', frame.length - 1);
    expect(record?.data.toString()).toBe('abx');
  });

  test('any records survive the way', () => {
    const record = fc.record({
      data: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      partitionKey: fc.option(fc.string({ unit: 'binary', minLength: 1, maxLength: 256 })),
      sequenceNumber: fc.stringMatching(/^\d{1,60}$/),
      subSequenceNumber: fc.nat(),
      approximateArrivalTimestamp: fc.option(fc.date({ min: new Date(0), noInvalidDate: true }), {
        nil: undefined,
      }),
    });
    const millis = fc.option(fc.maxSafeNat(), { nil: undefined });
    fc.assert(
      fc.property(fc.array(record, { maxLength: 8 }), millis, (records, millisBehindLatest) => {
        const frame = encodeRecords(records, millisBehindLatest).subarray(4);
        expect(decoded([frame])).toEqual({ records, millisBehindLatest });
      }),
    );
  });
});

describe('the records of a frame', () => {
  const given = [1, 2, 3].map((number) =>
    recordOf({ sequenceNumber: String(number), data: Buffer.from(`data ${number}`), partitionKey: ODD_KEY }),
  );
  const frame = encodeRecords(given, 5).subarray(4);

  test('are the same wherever the frame was cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(frame.length), { maxLength: 12 }), (cuts) => {
        const ends = [...cuts.sort((a, b) => a - b), frame.length];
        const pieces = ends.map((end, index) => frame.subarray(ends[index - 1] ?? 0, end));
        expect(decoded(pieces)).toEqual({ records: given, millisBehindLatest: 5 });
        expect(decoded([...frame].map((byte) => Buffer.of(byte))).records).toEqual(given);
      }),
      { numRuns: 50 },
    );
  });

  test('that lies in one piece shares its memory, and one that lies in two has its own', () => {
    const cut = 13 + 23; // within the first record
    const pieces = [Buffer.from(frame.subarray(0, cut)), Buffer.from(frame.subarray(cut))];
    const [first, second] = decoded(pieces).records;
    expect(first?.data.buffer.byteLength).toBe(23 + Buffer.byteLength(ODD_KEY) + 1 + 6);
    expect(second?.data.buffer).toBe(pieces[1]?.buffer);
  });

  test('one is decoded once, as long as no other is asked for', () => {
    const records = new FrameRecords([frame]);
    expect(records.at(1)).toBe(records.at(1));
    expect(records.slice(1, 3)[0]).toBe(records.at(1));
    expect(records.at(3)).toBeUndefined();
    expect(records.dataBytes).toBe(18);
  });

  test('none is decoded that nobody asks for, and numbers are read without one', () => {
    const strings = jest.spyOn(Buffer.prototype, 'toString');
    const buffers = jest.spyOn(Buffer, 'from');
    try {
      const records = new FrameRecords([frame]);
      expect([records.length, records.dataBytes]).toEqual([3, 18]);
      expect([strings.mock.calls.length, buffers.mock.calls.length]).toEqual([0, 0]);
      records.at(2);
      // Key and sequence number in one call.
      expect([strings.mock.calls.length, buffers.mock.calls.length]).toEqual([1, 1]);
    } finally {
      strings.mockRestore();
      buffers.mockRestore();
    }
  });
});

describe('a records frame that breaks the format is refused', () => {
  const good = () => encodeRecords([recordOf(), recordOf({ sequenceNumber: '2' })]).subarray(4);
  const changed = (change: (frame: Buffer) => void) => {
    const frame = Buffer.from(good());
    change(frame);
    return frame;
  };
  const FIRST = 13;

  test.each([
    ['its header is cut', Buffer.from('R\0\0'), 'a records frame has 3 bytes; its header alone has 13'],
    [
      'its count is too high',
      changed((frame) => frame.writeUInt32BE(3, 1)),
      'record 3 of 3 reaches past the end of its frame of 75 bytes',
    ],
    [
      'its count is the highest there is',
      changed((frame) => frame.writeUInt32BE(0xffffffff, 1)),
      'record 3 of 4294967295 reaches past the end of its frame of 75 bytes',
    ],
    [
      'its count is too low',
      changed((frame) => frame.writeUInt32BE(1, 1)),
      'a records frame has 31 bytes after the last of its 1 records',
    ],
    [
      'a data length reaches past the end',
      changed((frame) => frame.writeUInt32BE(0xffffffff, FIRST)),
      'record 1 of 2 reaches past the end of its frame of 75 bytes',
    ],
    [
      'a data length reaches past the end by one',
      changed((frame) => frame.writeUInt32BE(5, FIRST + 31)),
      'record 2 of 2 reaches past the end of its frame of 75 bytes',
    ],
    [
      'a partition key length reaches past the end',
      changed((frame) => frame.writeUInt16BE(0xffff, FIRST + 20)),
      'record 1 of 2 reaches past the end of its frame of 75 bytes',
    ],
    [
      'a sequence number length reaches past the end',
      changed((frame) => frame.writeUInt8(0xff, FIRST + 22)),
      'record 1 of 2 reaches past the end of its frame of 75 bytes',
    ],
    [
      "the last record's header is cut",
      good().subarray(0, FIRST + 31 + 22),
      'record 2 of 2 reaches past the end of its frame of 66 bytes',
    ],
    [
      'a sub-sequence number is below 0',
      changed((frame) => frame.writeBigInt64BE(-1n, FIRST + 12)),
      'record 1 of 2 has sub-sequence number -1 and arrived at undefined; expected 0 or more, and milliseconds since 1970',
    ],
    [
      'a sub-sequence number would be read as another one',
      changed((frame) => frame.writeBigInt64BE(2n ** 53n, FIRST + 12)),
      'a records frame has the number 9007199254740992, beyond what a time or sub-sequence number can be',
    ],
    [
      'a time is beyond those that there are',
      changed((frame) => frame.writeBigInt64BE(8_640_000_000_000_001n, FIRST + 4)),
      'record 1 of 2 has sub-sequence number 0 and arrived at 8640000000000001; expected 0 or more, and milliseconds since 1970',
    ],
    [
      'bytes are left over',
      Buffer.concat([good(), Buffer.from('x')]),
      'a records frame has 1 bytes after the last of its 2 records',
    ],
  ])('%s', (_name, frame, message) => {
    expect(() => new FrameRecords([frame])).toThrow(new ProtocolError(message));
  });

  test('whatever the bytes are, nothing else is thrown', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expectNothingElse(() => new FrameRecords([Buffer.from(bytes)]));
        expectNothingElse(() => decodeControl([Buffer.from(bytes)]));
      }),
    );
  });

  test('nor for a good frame with one byte changed', () => {
    const frame = good();
    fc.assert(
      fc.property(fc.nat(frame.length - 1), fc.nat(255), (index, value) => {
        expectNothingElse(() => new FrameRecords([changed((copy) => copy.writeUInt8(value, index))]));
      }),
    );
  });
});

describe('a control frame', () => {
  test('is written byte by byte as documented', () => {
    expect(encodeControl({ type: 'done', action: 'é' }).toString('hex')).toBe(
      `0000001e4a${Buffer.from('{"type":"done","action":"é"}').toString('hex')}`,
    );
  });

  test.each([
    [{ type: 'hello', versions: [1], maxFrameLength: 16_777_216 }],
    [{ type: 'failed', reason: 'line\u2028 "quoted" 漢\u0001' }],
  ])('survives the way: %j', (message) => {
    const frame = encodeControl(message);
    expect(frame.readUInt32BE(0)).toBe(frame.length - 4);
    expect(decodeControl([frame.subarray(4)])).toEqual(message);
  });

  test.each([
    ['is not JSON', 'J{"type"', /^a control frame is not JSON: .+/],
    ['is empty', 'J', /^a control frame is not JSON: .+/],
    ['is not an object', 'Jnull', /^a control frame has no 'type': null$/],
    ['is an array', 'J["type"]', /^a control frame has no 'type': \["type"\]$/],
    ['has no type', 'J{"versions":[1]}', /^a control frame has no 'type': {"versions":\[1\]}$/],
    ['has a type that is no text', 'J{"type":1}', /^a control frame has no 'type': {"type":1}$/],
  ])('is refused if it %s', (_name, frame, message) => {
    const refusal = expect(() => decodeControl([Buffer.from(frame)]));
    refusal.toThrow(ProtocolError);
    refusal.toThrow(message);
  });

  test('a long one is not repeated whole in the error', () => {
    const frame = Buffer.from(`J${JSON.stringify({ text: 'x'.repeat(10_000) })}`);
    expect(() => decodeControl([frame])).toThrow(/^a control frame has no 'type': .{200}$/);
  });
});

describe('docs/protocol.md', () => {
  const text = readFileSync('docs/protocol.md', 'utf8');
  const [control, records] = [...text.matchAll(/```hex\n(.*?)```/gs)].map(([, block = '']) => bytesOf(block));

  test('its example of a control frame is one', () => {
    expect(control?.toString('hex')).toBe(encodeControl({ type: 'done', action: 'records' }).toString('hex'));
  });

  test('its example of a records frame is one', () => {
    const expected = {
      data: Buffer.from('hello'),
      partitionKey: 'pé漢',
      sequenceNumber: '4959',
      subSequenceNumber: 7,
      approximateArrivalTimestamp: ARRIVAL,
    };
    expect(records?.toString('hex')).toBe(encodeRecords([expected], 1500).toString('hex'));
    expect(decoded([records?.subarray(4) ?? Buffer.alloc(0)])).toEqual({
      records: [expected],
      millisBehindLatest: 1500,
    });
  });

  test('names the limits that the code has', () => {
    expect(text).toContain(`${Frame.maxLength}`);
    expect(text).toContain(`${Frame.maxControlLength}`);
  });
});

/** The bytes of an example: two hex digits each, up to two blanks; what follows on the line explains them. */
function bytesOf(block: string): Buffer {
  const digits = block.split('\n').map((line) => line.split(/ {2,}/)[0] ?? '');
  return Buffer.from(digits.join('').replaceAll(' ', ''), 'hex');
}

function expectNothingElse(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
  }
}

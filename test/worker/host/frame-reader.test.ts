import { jest } from '@jest/globals';
import fc from 'fast-check';
import { ProtocolError } from '../../../src/errors/errors.js';
import { FrameReader } from '../../../src/worker/host/frame-reader.js';
import { Frame } from '../../../src/worker/host/frames.js';
import { recordOf } from '../../helpers/records.js';
import { encodeRecords, frameOf } from '../helpers/encode.js';

const CONTROL = frameOf('J', '{"type":"leaseLost"}');
const RECORDS = encodeRecords([recordOf()], 5);

/** The frames that a reader finds in these pieces, in hex. */
function read(pieces: readonly Buffer[], reader = new FrameReader()): string[] {
  return pieces.flatMap((piece) =>
    [...reader.push(piece)].map((frame) => Buffer.concat(frame).toString('hex')),
  );
}

function bodies(...frames: Buffer[]): string[] {
  return frames.map((frame) => frame.toString('hex', 4));
}

test('a frame in one piece is not copied', () => {
  const piece = Buffer.concat([RECORDS]);
  const [frame] = new FrameReader().push(piece);
  expect(frame?.map((part) => part.toString('hex'))).toEqual([RECORDS.toString('hex', 4)]);
  piece.writeUInt8(0xee, 9);
  expect(frame?.[0]?.[5]).toBe(0xee);
});

test('many frames in one piece', () => {
  expect(read([Buffer.concat([CONTROL, RECORDS, CONTROL])])).toEqual(bodies(CONTROL, RECORDS, CONTROL));
});

test('byte by byte', () => {
  const bytes = [...Buffer.concat([CONTROL, RECORDS])].map((byte) => Buffer.of(byte));
  expect(read(bytes)).toEqual(bodies(CONTROL, RECORDS));
});

test('cut anywhere', () => {
  const frames = [CONTROL, RECORDS, encodeRecords([]), frameOf('J', ''), RECORDS];
  const all = Buffer.concat(frames);
  fc.assert(
    fc.property(fc.array(fc.nat(all.length), { maxLength: 12 }), (cuts) => {
      const ends = [...cuts.sort((a, b) => a - b), all.length];
      const pieces = ends.map((end, index) => all.subarray(ends[index - 1] ?? 0, end));
      expect(read(pieces)).toEqual(bodies(...frames));
    }),
  );
});

test('a frame that came in pieces is not changed by what comes later', () => {
  const reader = new FrameReader();
  const [first] = [RECORDS.subarray(0, 9), RECORDS.subarray(9)].flatMap((piece) => [...reader.push(piece)]);
  read([CONTROL.subarray(0, 7), CONTROL.subarray(7)], reader);
  expect(Buffer.concat(first ?? []).toString('hex')).toBe(RECORDS.toString('hex', 4));
});

test('midFrame says whether something was cut off', () => {
  const reader = new FrameReader();
  const states = [CONTROL.subarray(0, 2), CONTROL.subarray(2, 8), CONTROL.subarray(8)].map((piece) => {
    read([piece], reader);
    return reader.midFrame;
  });
  expect(states).toEqual([true, true, false]);
  expect(new FrameReader().midFrame).toBe(false);
});

test('the largest frames that are allowed are taken', () => {
  const largest = frameOf('R', Buffer.alloc(Frame.maxLength - 1));
  const largestControl = frameOf('J', Buffer.alloc(Frame.maxControlLength - 1));
  expect([...new FrameReader().push(largest)][0]?.[0]?.length).toBe(Frame.maxLength);
  expect([...new FrameReader().push(largestControl)][0]?.[0]?.length).toBe(Frame.maxControlLength);
});

const TOO_LONG = lengthOf(Frame.maxLength + 1);

test.each([
  ['of length 0', lengthOf(0), 'a frame says it has 0 bytes; expected 1 to 16777216'],
  ['too long by one', TOO_LONG, 'a frame says it has 16777217 bytes; expected 1 to 16777216'],
  ['of 4 GiB', lengthOf(0xffffffff), 'a frame says it has 4294967295 bytes; expected 1 to 16777216'],
  [
    'of an unknown type',
    frameOf('X', 'x'),
    'a frame has type 0x58; expected 0x4a (control) or 0x52 (records)',
  ],
  ['of type 0', frameOf('\0', ''), 'a frame has type 0x00; expected 0x4a (control) or 0x52 (records)'],
  [
    'of control that is too long',
    frameOf('J', Buffer.alloc(Frame.maxControlLength)),
    'a control frame has 65537 bytes; at most 65536 are allowed',
  ],
])('a frame %s is refused, in one piece and in two', (_name, bytes, message) => {
  expect(() => read([bytes])).toThrow(new ProtocolError(message));
  expect(() => read([bytes.subarray(0, 3), bytes.subarray(3)])).toThrow(new ProtocolError(message));
});

test('frames before a broken one are still handed out', () => {
  const pieces = new FrameReader().push(Buffer.concat([CONTROL, lengthOf(0)]));
  expect(Buffer.concat(pieces.next().value ?? []).toString('hex')).toBe(CONTROL.toString('hex', 4));
  expect(() => pieces.next()).toThrow(ProtocolError);
});

test('no memory is taken for what has not come', () => {
  const allocations = ['alloc', 'allocUnsafe', 'allocUnsafeSlow', 'concat'] as const;
  const readers = [new FrameReader(), new FrameReader()];
  const spies = allocations.map((name) => jest.spyOn(Buffer, name));
  try {
    expect(() => [...(readers[0]?.push(TOO_LONG) ?? [])]).toThrow(ProtocolError);
    for (const piece of [RECORDS.subarray(0, 10), RECORDS.subarray(10)]) [...(readers[1]?.push(piece) ?? [])];
    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
});

test('whatever the bytes are, nothing else is thrown', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 }), (pieces) => {
      try {
        read(pieces.map((piece) => Buffer.from(piece)));
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
  );
});

function lengthOf(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

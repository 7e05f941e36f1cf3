import type { KinesisRecord } from '../../src/delivery/record-handler.js';
import { ProtocolError } from '../../src/errors/errors.js';
import { FrameReader } from '../../src/worker/host/frame-reader.js';
import { FrameRecords } from '../../src/worker/host/frame-records.js';
import { decodeControl, encodeControl, Frame } from '../../src/worker/host/frames.js';
import { encodeRecords, frameOf } from '../worker/helpers/encode.js';
import { fuzz } from './helpers/fuzz.js';
import { cut, mutate } from './helpers/mutate.js';
import type { Random } from './helpers/random.js';

const TYPES = ['hello', 'initialize', 'shardEnded', 'leaseLost', 'checkpointed', 'é\u2028"'] as const;

function record(random: Random): KinesisRecord {
  return {
    data: random.bytes(random.onceIn(20) ? 2_000 : 30),
    partitionKey: random.pick([null, 'key', 'pé漢\u2028\u0001"', '😀'.repeat(64)]),
    sequenceNumber: `${random.next()}${random.next()}`,
    subSequenceNumber: random.below(1_000),
    approximateArrivalTimestamp: random.onceIn(4) ? undefined : new Date(random.next() * 1_000),
  };
}

function frame(random: Random): Buffer {
  if (random.onceIn(3)) return encodeControl({ type: random.pick(TYPES), versions: [random.next()] });
  return encodeRecords(
    random.list(4, () => record(random)),
    random.below(10_000),
  );
}

/** With all of its records decoded. */
function batchOf(pieces: readonly Buffer[]) {
  const records = new FrameRecords(pieces);
  const { millisBehindLatest } = records;
  return { records: records.slice(0, records.length), millisBehindLatest };
}

/** What the frames in these pieces are, each decoded as a session does it. */
function decoded(pieces: readonly Buffer[]): unknown[] {
  const reader = new FrameReader();
  const found: unknown[] = [];
  for (const piece of pieces) {
    for (const one of reader.push(piece)) {
      found.push(one[0]?.[0] === Frame.records ? batchOf(one) : decodeControl(one));
    }
  }
  return found;
}

/** Nothing may come out of it but decoded frames and ProtocolError, and no value that a handler or KCL can't take. */
function endOf(pieces: readonly Buffer[]): string {
  let found: unknown[];
  try {
    found = decoded(pieces);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return kind(error.message);
  }
  for (const { records = [] } of found as { records?: KinesisRecord[] }[]) {
    for (const { subSequenceNumber, approximateArrivalTimestamp } of records) {
      if (!Number.isSafeInteger(subSequenceNumber) || subSequenceNumber < 0) {
        throw new Error(`the sub-sequence number ${subSequenceNumber} was taken`);
      }
      approximateArrivalTimestamp?.toISOString();
    }
  }
  return found.length > 0 ? 'in frames' : 'in an unfinished frame';
}

/** The first words, without the numbers. */
function kind(message: string): string {
  return `refused: ${message
    .replaceAll(/\b0x\w+|\d+/g, 'n')
    .split(/[:;,]/)[0]
    ?.slice(0, 50)}`;
}

fuzz('frames survive any cutting', (random) => {
  const frames = [frame(random), ...random.list(3, () => frame(random))];
  const pieces = cut(Buffer.concat(frames), random);

  const reader = new FrameReader();
  const found = pieces.flatMap((piece) => [...reader.push(piece)]);

  const all = Buffer.concat(found.flatMap((one) => [frameOf('', Buffer.concat(one))]));
  if (found.length !== frames.length || !all.equals(Buffer.concat(frames)) || reader.midFrame) {
    throw new Error(`${found.length} of ${frames.length} frames came, or others`);
  }
  return `in ${frames.length} frames`;
});

fuzz('records come back as they were', (random) => {
  const records = random.list(5, () => record(random));
  const millisBehindLatest = random.onceIn(3) ? undefined : random.next() * 1_000;

  const body = encodeRecords(records, millisBehindLatest).subarray(Frame.lengthBytes);
  const back = batchOf(cut(body, random));

  const text = (value: unknown) => JSON.stringify(value);
  if (text(back) !== text({ records, millisBehindLatest })) throw new Error(`came back as ${text(back)}`);
  return `in ${records.length} records`;
});

fuzz('mutated frames end in frames or in ProtocolError', (random) => {
  const frames = Buffer.concat([frame(random), frame(random)]);

  return endOf(cut(mutate(frames, random), random));
});

fuzz('a mutated body of a right length ends in records or in ProtocolError', (random) => {
  const body = frame(random).subarray(Frame.lengthBytes);
  const mutated = mutate(body.subarray(1), random);

  return endOf([frameOf(body[0] === Frame.records ? 'R' : 'J', mutated)]);
});

fuzz('random bytes end in frames or in ProtocolError', (random) => {
  const bytes = random.bytes(64);
  // Else nearly all would be refused for their length.
  if (bytes.length > 5 && random.onceIn(2)) bytes.writeUInt32BE(random.below(bytes.length), 0);
  if (bytes.length > 5 && random.onceIn(2)) bytes.write(random.pick(['J', 'R']), 4);

  return endOf(cut(bytes, random));
});

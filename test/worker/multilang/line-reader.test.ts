import fc from 'fast-check';
import { ProtocolError } from '../../../src/errors/errors.js';
import { LineReader } from '../../../src/worker/multilang/line-reader.js';

/** The lines that come out for these pieces, and what is left at the end. */
function read(pieces: readonly Buffer[], reader = new LineReader()): string[] {
  const lines = pieces.flatMap((piece) => [...reader.push(piece)]);
  return [...lines, reader.end()].map((line) => line.toString());
}

test('lines keep their newline, and the rest comes at the end', () => {
  expect(read([Buffer.from('one\n\ntwo\nrest')])).toEqual(['one\n', '\n', 'two\n', 'rest']);
  expect(read([Buffer.from('one\n')])).toEqual(['one\n', '']);
});

test('cut anywhere', () => {
  const all = Buffer.from('é漢\n\n{"a":1}\r\n😀\u2028\nrest');
  fc.assert(
    fc.property(fc.array(fc.nat(all.length), { maxLength: 12 }), (cuts) => {
      const ends = [...cuts.sort((a, b) => a - b), all.length];
      const pieces = ends.map((end, index) => all.subarray(ends[index - 1] ?? 0, end));
      expect(read(pieces)).toEqual(read([all]));
    }),
  );
});

test('a line may be as long as the limit, its newline included', () => {
  expect(read([Buffer.from('12'), Buffer.from('3\n4567')], new LineReader(4))).toEqual(['123\n', '4567']);
});

test.each([
  ['that has ended', ['1234\n']],
  ['without an end', ['12', '34', '5']],
  ['after others', ['1\n2\n12345']],
])('a line %s is refused when it is longer', (_name, pieces) => {
  const bytes = pieces.map((piece) => Buffer.from(piece));
  expect(() => read(bytes, new LineReader(4))).toThrow(
    new ProtocolError('a line from the daemon has more than 4 bytes'),
  );
});

test('what was refused is not kept', () => {
  const reader = new LineReader(4);
  expect(() => read([Buffer.from('12345')], reader)).toThrow(ProtocolError);
  expect(reader.end()).toHaveLength(0);
});

import fc from 'fast-check';
import { ProtocolError } from '../../../src/errors/errors.js';
import { LineReader } from '../../../src/worker/multilang/line-reader.js';
import { type DaemonMessage, parseMessage } from '../../../src/worker/multilang/messages.js';
import { ODD_KEY } from '../../helpers/records.js';

/** The messages that come out for these pieces. */
function read(pieces: readonly Buffer[], reader = new LineReader()): DaemonMessage[] {
  const lines = pieces.flatMap((piece) => [...reader.push(piece)]);
  return [...lines, reader.end()].map(parseMessage).filter((message) => message !== undefined);
}

const MESSAGE = { action: 'x', keys: [ODD_KEY, '\u2029😀'] };

test('line separators of JavaScript within a line stay as they are', () => {
  const line = Buffer.from(JSON.stringify(MESSAGE));
  expect(line.includes('\u2028') && line.includes('\u2029')).toBe(true);
  expect(read([line])).toEqual([MESSAGE]);
});

test('a message may be cut between any two bytes', () => {
  const bytes = Buffer.from(`${JSON.stringify(MESSAGE)}\n${JSON.stringify(MESSAGE)}`);
  const cut = fc.nat(bytes.length);
  fc.assert(
    fc.property(cut, cut, (one, other) => {
      const [first, second] = [Math.min(one, other), Math.max(one, other)];
      const parts = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)];
      expect(read(parts)).toEqual([MESSAGE, MESSAGE]);
    }),
  );
});

test.each(['', '\n', '\r\n'])('%j says nothing', (line) => {
  expect(parseMessage(Buffer.from(line))).toBeUndefined();
});

test.each([
  ['a line that is not UTF-8', Buffer.from('"\xff"\n', 'latin1'), /a line that is not UTF-8/],
  ['a last line that is cut within a character', Buffer.from('é').subarray(0, 1), /not UTF-8/],
  ['a line without an end', Buffer.alloc(10, 'x'), /has more than 8 bytes/],
  ['a line that is not JSON', Buffer.from('{"a'), /a line that is not JSON/],
  ['JSON without an action', Buffer.from('{"a":1}'), /a line without an action: \{"a":1\}/],
  ['an action that is no text', Buffer.from('{"action":{}}'), /a line without an action/],
])('%s is refused', (_name, bytes, message) => {
  const refused = () => read([bytes], new LineReader(/end/.test(_name) ? 8 : 100));
  expect(refused).toThrow(ProtocolError);
  expect(refused).toThrow(message);
});

import fc from 'fast-check';
import { LineReader } from '../../../src/consumer/multilang/line-reader.js';
import { ProtocolOutput, protocolInput } from '../../../src/consumer/multilang/streams.js';
import { ODD_KEY } from '../../helpers/records.js';

/** What comes out for these pieces. */
async function through(pieces: readonly Uint8Array[], input = protocolInput()): Promise<string> {
  for (const piece of pieces) input.write(piece);
  input.end();
  let text = '';
  for await (const chunk of input) text += String(chunk);
  return text;
}

describe('protocolInput', () => {
  test('escapes the line separators, so that the value stays', async () => {
    const text = await through([Buffer.from(JSON.stringify({ key: `${ODD_KEY}\u2029` }))]);
    expect(text).toContain('\\u2028');
    expect(text).not.toMatch(/[\u2028\u2029]/);
    expect(JSON.parse(text)).toEqual({ key: `${ODD_KEY}\u2029` });
  });

  test('may be cut between any two bytes', async () => {
    const bytes = Buffer.from(JSON.stringify([ODD_KEY, '\u2029😀']));
    const cut = fc.nat(bytes.length);
    await fc.assert(
      fc.asyncProperty(cut, cut, async (one, other) => {
        const [first, second] = [Math.min(one, other), Math.max(one, other)];
        const parts = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)];
        expect(JSON.parse(await through(parts))).toEqual([ODD_KEY, '\u2029😀']);
      }),
    );
  });
});

describe('the shutdown of KCL 1.x', () => {
  test.each([
    ['ZOMBIE', 'leaseLost'],
    ['TERMINATE', 'shardEnded'],
  ])('%s is passed on as %s, and told of', async (reason, action) => {
    let told = 0;
    const input = protocolInput(new LineReader(), () => told++);
    const text = await through([Buffer.from(`{"action":"shutdown","reason":"${reason}"}\n`)], input);
    expect(JSON.parse(text)).toEqual({ action });
    expect(told).toBe(1);
  });

  test.each([
    '{"action":"shutdown","reason":"REQUESTED"}\n',
    '{"action":"shutdownRequested"}\n',
    `{"action":"checkpoint","error":"\\"action\\":\\"shutdown\\",\\"reason\\":\\"ZOMBIE\\""}\n`,
  ])('%j is none that is known', async (line) => {
    let told = 0;
    expect(
      await through(
        [Buffer.from(line)],
        protocolInput(new LineReader(), () => told++),
      ),
    ).toBe(line);
    expect(told).toBe(0);
  });
});

describe('protocolInput fails', () => {
  test.each([
    ['on a line that is not UTF-8', Buffer.from('"\xff"\n', 'latin1'), /a line that is not UTF-8/],
    ['on a last line that is cut within a character', Buffer.from('é').subarray(0, 1), /not UTF-8/],
    ['on a line without an end', Buffer.alloc(10, 'x'), /has more than 8 bytes/],
  ])('%s', async (_name, bytes, message) => {
    await expect(through([bytes], protocolInput(new LineReader(8)))).rejects.toThrow(message);
  });
});

describe('ProtocolOutput', () => {
  function output() {
    const written: string[] = [];
    const made = new ProtocolOutput((text, done) => {
      written.push(text);
      done();
    });
    return { output: made, written };
  }

  test('adds the sub-sequence number to a checkpoint that has a sequence number', () => {
    const { output: out, written } = output();
    out.subSequenceNumber = 9;
    out.write('\n{"action":"checkpoint","sequenceNumber":"5"}\n');
    expect(written).toEqual(['\n{"action":"checkpoint","sequenceNumber":"5","subSequenceNumber":9}\n']);
  });

  test.each([
    '\n{"action":"checkpoint","sequenceNumber":null}\n',
    '\n{"action":"status","responseFor":"processRecords"}\n',
  ])('leaves %j as it is', (line) => {
    const { output: out, written } = output();
    out.write(line);
    expect(written).toEqual([line]);
  });

  test('never says that it is full, which aws-kcl takes for a failure', () => {
    const out = new ProtocolOutput(() => {});
    const line = `{"action":"status","responseFor":"${'x'.repeat(10_000)}"}`;
    expect(Array.from({ length: 50 }, () => out.write(line))).not.toContain(false);
  });

  test('fails when stdout does', async () => {
    const out = new ProtocolOutput((_text, done) => done(new Error('EPIPE')));
    const failure = new Promise((resolve) => out.on('error', resolve));
    out.write('{"action":"status"}');
    expect(await failure).toEqual(new Error('EPIPE'));
  });
});

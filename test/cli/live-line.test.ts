import { LiveLine } from '../../src/cli/live-line.js';

function lineOn(stream: { isTTY: boolean; columns: number }): { line: LiveLine; written: string[] } {
  const written: string[] = [];
  const write = (text: string) => written.push(text);
  return { line: new LiveLine({ ...stream, write } as unknown as NodeJS.WriteStream), written };
}

test('on a terminal it is written over, and no longer than it is wide', () => {
  const { line, written } = lineOn({ isTTY: true, columns: 10 });
  line.show('0123456789');
  line.clear();

  expect(written).toEqual(['\r\x1b[K012345678', '\r\x1b[K']);
});

test('without a terminal nothing is written', () => {
  const { line, written } = lineOn({ isTTY: false, columns: 10 });
  line.show('x');
  line.clear();

  expect(written).toEqual([]);
});

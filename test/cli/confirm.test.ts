import { PassThrough } from 'node:stream';
import { confirm } from '../../src/cli/confirm.js';

/** What comes of an answer, and what was asked. */
async function ask(answer: string) {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const confirmed = confirm('Write it?', input, output);
  input.end(answer);
  return { confirmed: await confirmed, asked: String(output.read()) };
}

test.each(['y\n', 'Y\n', 'yes\n', ' YES \n'])('%j is a yes', async (answer) => {
  expect(await ask(answer)).toEqual({ confirmed: true, asked: 'Write it? [y/N] ' });
});

test.each(['\n', 'n\n', 'no\n', 'yess\n', 'y y\n', ''])('%j is a no', async (answer) => {
  expect(await ask(answer)).toMatchObject({ confirmed: false });
});

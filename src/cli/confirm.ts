import { createInterface } from 'node:readline';

/** Asks on a terminal. Whatever is not a yes, the end of the input included, is a no. */
export function confirm(
  question: string,
  input: NodeJS.ReadableStream = process.stdin,
  output: NodeJS.WritableStream = process.stderr,
): Promise<boolean> {
  return new Promise((resolve) => {
    const asking = createInterface({ input, output });
    asking.once('close', () => resolve(false));
    asking.question(`${question} [y/N] `, (answer) => {
      resolve(/^y(es)?$/i.test(answer.trim()));
      asking.close();
    });
  });
}

import { SharedAnswers } from '../../../lab/gate/shared-answers.js';

test('who asks while a question is being answered shares the next answer, and never gets an older one', async () => {
  const shared = new SharedAnswers<number>();
  const answers: ((value: number) => void)[] = [];
  const ask = (key = 'policy') => shared.ask(key, () => new Promise((resolve) => answers.push(resolve)));

  const first = ask();
  const [second, third] = [ask(), ask()];
  const other = ask('another');
  expect(answers).toHaveLength(2); // the first, and that of another key
  answers[0]?.(1);
  expect(await first).toBe(1);
  await Promise.resolve();
  expect(answers).toHaveLength(3);
  answers[2]?.(2);
  answers[1]?.(7);
  expect([await second, await third, await other]).toEqual([2, 2, 7]);

  const later = ask();
  answers[3]?.(3);
  expect(await later).toBe(3);
});

test('a question that fails fails for those that share it, and the next is asked anew', async () => {
  const shared = new SharedAnswers<number>();
  let asked = 0;
  const failing = () => shared.ask('policy', () => Promise.reject(new Error(`failure ${++asked}`)));
  const results = await Promise.allSettled([failing(), failing(), failing()]);
  expect(results.map((result) => (result as PromiseRejectedResult).reason.message)).toEqual([
    'failure 1',
    'failure 2',
    'failure 2',
  ]);
  expect(await shared.ask('policy', async () => 5)).toBe(5);
});

import { LineProcess } from '../../bench/line-process.js';

test('a process that does not answer is ended, and named with its last words', async () => {
  const script = `console.error('stuck'); console.log('ready'); setInterval(() => {}, 1000)`;
  const stuck = new LineProcess('the sender', process.execPath, ['-e', script]);
  await stuck.answer('ready');
  await expect(stuck.answer('sent', 1)).rejects.toThrow(
    /^the sender said nothing within 0\.001 s; expected the answer 'sent'\nstuck$/,
  );
  await stuck.end();
});

import { readFileSync } from 'node:fs';
import { parseReaderArn } from '../../src/index.js';
import { CHECK_IDS } from '../../src/preflight/check-ids.js';
import { allChecks } from '../../src/preflight/preflight.js';
import { runCli } from '../integration/helpers/cli.js';
import { CONSUMER, STREAM, stubRequest } from '../preflight/helpers/stub-request.js';

const [, checks = ''] = readFileSync('docs/preflight.md', 'utf8').split('\n# The checks\n');
const sections = new Map(
  checks
    .split('\n## ')
    .slice(1)
    .map((text) => [text.slice(0, text.indexOf('\n')), text]),
);

test('every check has its section, and every section its check', () => {
  expect([...sections.keys()]).toEqual([...CHECK_IDS]);
});

test.each(CHECK_IDS)('the section %s says what is asserted, what is called, and who fixes it', (id) => {
  expect(sections.get(id)).toMatch(/\n\nAsserts .*\nCalls .*\nFixed by /s);
});

test('the checks of a request are all among them', () => {
  const reader = parseReaderArn('arn:aws:iam::111111111111:role/orders');
  const { clients } = stubRequest({});
  const ids = allChecks(
    stubRequest(
      {},
      { streams: [{ stream: STREAM, consumer: CONSUMER }], streamRole: { reader, sts: clients.sts } },
    ),
  ).checks.map(({ id }) => id);

  expect(ids).toEqual(CHECK_IDS.slice(0, CHECK_IDS.indexOf('subscribe') + 1));
});

test.each(['get-records', 'run-directory'])('--explain %s prints it, without a configuration', async (id) => {
  const { status, stdout, stderr } = await runCli(['preflight', '--explain', id]);

  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toBe(`## ${sections.get(id)?.trim()}\n`);
});

import { readFileSync } from 'node:fs';
import * as actions from '../../src/policy/actions.js';
import { grantRead } from '../../src/policy/grants.js';
import { listOf } from '../../src/policy/types.js';
import { CONSUMER, KCL, KEY, LAMBDA, QUEUE } from './helpers/requests.js';

const page = readFileSync('docs/policy.md', 'utf8');
const [, reasons = ''] = readFileSync('docs/policy-matrix.md', 'utf8').split('## Why each action is there');

test('every action that is printed has its reason in docs/policy-matrix.md', () => {
  const printed = [KCL, LAMBDA]
    .map((request) => grantRead({ ...request, consumer: CONSUMER, key: KEY, failureQueue: QUEUE }))
    .flatMap(({ readerPolicy }) => readerPolicy.Statement)
    .flatMap(({ Action }) => listOf(Action));

  expect(printed.length).toBeGreaterThan(15);
  for (const action of printed) expect(reasons).toContain(`\`${action}\``);
  expect(reasons).toContain(actions.LEASE_INDEX);
});

test('every command in docs/policy.md is one that there is', () => {
  const commands = page.match(/cross-account-kcl policy (\w+)/g) ?? [];

  expect(commands.length).toBeGreaterThan(2);
  for (const command of commands) expect(command).toMatch(/policy (print|diff|apply|remove)$/);
});

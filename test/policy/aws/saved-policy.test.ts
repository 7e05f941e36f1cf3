import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EnvironmentError } from '../../../src/errors/errors.js';
import { restoreCommand, savePolicy } from '../../../src/policy/aws/policy-change.js';
import { KEY, STREAM } from '../helpers/requests.js';
import { MemoryStore } from './helpers/memory-store.js';

const NOW = new Date('2026-01-02T03:04:05.678Z');
const TEXT = '{ "Id": "漢\\u0000" }\n';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'xak-saved-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a policy is saved to the letter, for its owner alone, under a name with what and when', () => {
  const path = savePolicy(new MemoryStore(TEXT), TEXT, folder, NOW);

  expect(path).toBe(join(folder, 'policy-stream-orders-2026-01-02T03-04-05-678Z.json'));
  expect(readFileSync(path, 'utf8')).toBe(TEXT);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('the longest names of stream and consumer do not make a name that is too long for a file', () => {
  const arn = `arn:aws:kinesis:eu-west-1:111111111111:stream/${'s'.repeat(128)}/consumer/${'c'.repeat(128)}:1700000000`;
  const store = Object.assign(new MemoryStore(TEXT, 'consumer'), { arn });

  expect(readFileSync(savePolicy(store, TEXT, folder, NOW), 'utf8')).toBe(TEXT);
});

test('a file that is there is never overwritten', () => {
  savePolicy(new MemoryStore(TEXT), TEXT, folder, NOW);

  expect(() => savePolicy(new MemoryStore(TEXT), 'other', folder, NOW)).toThrow(EnvironmentError);
});

test('a folder that is missing is told of, with the way out', () => {
  const missing = join(folder, 'missing');

  expect(() => savePolicy(new MemoryStore(TEXT), TEXT, missing, NOW)).toThrow(/can't be saved: ENOENT/);
});

test.each([
  [
    'the policy of a stream',
    new MemoryStore(TEXT),
    '/tmp/a b.json',
    `aws kinesis put-resource-policy --region eu-west-1 --resource-arn ${STREAM.arn} --policy 'file:///tmp/a b.json'`,
  ],
  [
    'no policy',
    new MemoryStore(TEXT),
    undefined,
    `aws kinesis delete-resource-policy --region eu-west-1 --resource-arn ${STREAM.arn}`,
  ],
  [
    'the policy of a key',
    Object.assign(new MemoryStore(TEXT, 'key'), { arn: KEY.arn }),
    'a.json',
    `aws kms put-key-policy --region eu-west-1 --key-id ${KEY.arn} --policy-name default --policy file://a.json`,
  ],
])('the command that restores %s', (_what, store, path, command) => {
  expect(restoreCommand(store, path)).toBe(command);
});

import { readFileSync } from 'node:fs';
import { nodeTooOld, nodeVersionNotice } from '../../src/jvm/node-version.js';

const SDK_SWITCH = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED';

test.each(['18.20.8', '20.19.0', '20.20.2', '21.7.3'])(
  'on Node.js %s there is one line, and the notice of the SDK is off',
  (version) => {
    const env: NodeJS.ProcessEnv = {};
    const notice = nodeVersionNotice(env, version);
    expect(notice).toContain(`Node.js ${version} `);
    expect(notice).not.toContain('\n');
    expect(env).toEqual({ [SDK_SWITCH]: 'true' });
  },
);

test.each(['22.12.0', '24.21.0', '26.10.0', '100.0.0'])(
  'on Node.js %s there is nothing to say',
  (version) => {
    const env: NodeJS.ProcessEnv = {};
    expect(nodeVersionNotice(env, version)).toBeUndefined();
    expect(env).toEqual({});
  },
);

test('a process that another of ours has started does not repeat it', () => {
  const env: NodeJS.ProcessEnv = {};
  expect(nodeVersionNotice(env, '20.20.2')).toBeDefined();
  expect(nodeVersionNotice(env, '20.20.2')).toBeUndefined();
});

test.each([
  ['NODE_NO_WARNINGS', '1'],
  [SDK_SWITCH, 'true'],
])('%s=%s turns off both', (name, value) => {
  const env: NodeJS.ProcessEnv = { [name]: value };
  expect(nodeVersionNotice(env, '20.20.2')).toBeUndefined();
  expect(env[SDK_SWITCH]).toBe('true');
});

test.each(['16.20.2', '18.20.8', '20.0.0', '20.18.3'])('Node.js %s is refused in one line', (version) => {
  expect(nodeTooOld(version)).toMatch(
    new RegExp(`^Node\\.js ${version} is too old: expected 20\\.19 or later\\. Upgrade .*$`),
  );
});

test.each(['20.19.0', '20.20.2', '22.0.0', '26.10.0'])('Node.js %s is not', (version) => {
  expect(nodeTooOld(version)).toBeUndefined();
});

test('the floor is that of package.json', () => {
  const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } };
  expect(nodeTooOld('0.0.0')).toContain(`expected ${engines.node.replace('>=', '')} or later`);
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withEndpointSettings } from '../../src/aws/endpoint-environment.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const folder = temporaryFolder();
const saved = { ...process.env };
beforeEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
});
afterEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, saved);
});

const STANDARD = {
  AWS_USE_FIPS_ENDPOINT: 'false',
  AWS_USE_DUALSTACK_ENDPOINT: 'false',
  AWS_ACCOUNT_ID_ENDPOINT_MODE: 'preferred',
};
const URL = 'http://127.0.0.1:1';
const of = (...services: string[]) =>
  Object.fromEntries(services.map((service) => [`AWS_ENDPOINT_URL_${service}`, URL]));

async function forJvm(env: NodeJS.ProcessEnv, profile = '') {
  const file = join(folder(), 'config');
  writeFileSync(file, `[default]\n${profile}`);
  Object.assign(process.env, env, { AWS_CONFIG_FILE: file, AWS_SHARED_CREDENTIALS_FILE: '/dev/null' });
  const {
    AWS_CONFIG_FILE: _,
    AWS_SHARED_CREDENTIALS_FILE: __,
    ...found
  } = await withEndpointSettings(process.env, 'eu-west-1');
  return Object.fromEntries(Object.entries(found).filter(([name]) => name.startsWith('AWS_')));
}

const ALL = of('KINESIS', 'DYNAMODB', 'CLOUDWATCH', 'STS');

test.each<[string, NodeJS.ProcessEnv, string, object]>([
  ['nothing', {}, '', STANDARD],
  [
    'FIPS of the environment',
    { AWS_USE_FIPS_ENDPOINT: 'true' },
    '',
    { ...STANDARD, AWS_USE_FIPS_ENDPOINT: 'true' },
  ],
  ['FIPS of the profile', {}, 'use_fips_endpoint = true', { ...STANDARD, AWS_USE_FIPS_ENDPOINT: 'true' }],
  ['dual-stack', {}, 'use_dualstack_endpoint = true', { ...STANDARD, AWS_USE_DUALSTACK_ENDPOINT: 'true' }],
  [
    'the mode of accounts',
    {},
    'account_id_endpoint_mode = disabled',
    { ...STANDARD, AWS_ACCOUNT_ID_ENDPOINT_MODE: 'disabled' },
  ],
  ['an endpoint of all', { AWS_ENDPOINT_URL: URL }, '', { ...STANDARD, ...ALL, AWS_ENDPOINT_URL: URL }],
  ['an endpoint of the profile', {}, `endpoint_url = ${URL}`, { ...STANDARD, ...ALL }],
  [
    'the services of the profile',
    {},
    `services = lab\n[services lab]\ndynamodb =\n  endpoint_url = ${URL}`,
    { ...STANDARD, ...of('DYNAMODB') },
  ],
  [
    'endpoints that are ignored',
    { AWS_ENDPOINT_URL: URL, ...of('KINESIS'), AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' },
    '',
    { ...STANDARD, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' },
  ],
  ['an endpoint of SQS, which KCL does not call', of('SQS'), '', { ...STANDARD, ...of('SQS') }],
])('the JVM gets %s', async (_what, env, profile, expected) => {
  expect(await forJvm(env, profile)).toEqual(expected);
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withEndpointSettings } from '../../src/aws/endpoint-environment.js';
import { checkJvmProxy, networkProperties } from '../../src/worker/network-properties.js';
import { loadWithArn } from '../config/load-helpers.js';
import { withProxies } from '../helpers/environment.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const folder = temporaryFolder();
const PROXY = 'http://proxy.corp:3128';
const OTHER = 'http://other.corp:3128';
const LAB = 'http://lab.corp:4566';

/** What the launcher gets with these variables, this profile, and this file of properties. */
function propertiesWith(env: Record<string, string>, profile: string, properties = '') {
  const file = join(folder(), 'config');
  writeFileSync(file, `[default]\n${profile}`);
  const ofProfile = {
    AWS_CONFIG_FILE: file,
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_PROFILE: 'default',
  };
  return withProxies({ ...ofProfile, ...env }, async () => {
    const loaded = loadWithArn({ properties });
    await checkJvmProxy(loaded);
    return networkProperties(loaded, '/run/host.sock', await withEndpointSettings(process.env, 'eu-west-1'));
  });
}
const NON_PROXY = 'launcher.system.http.nonProxyHosts';

test.each<[string, Record<string, string>, string, string]>([
  ['the profile', {}, `endpoint_url = ${LAB}`, ''],
  [
    'the services of the profile',
    {},
    `services = lab\n[services lab]\ndynamodb =\n  endpoint_url = ${LAB}`,
    '',
  ],
  ['the environment', { AWS_ENDPOINT_URL_STS: LAB }, '', ''],
  ["KCL's own key", {}, '', `dynamoDbClient.endpointOverride = ${LAB}`],
])('an http endpoint of %s is called directly, as Node does', async (_what, env, profile, properties) => {
  const found = await propertiesWith({ HTTPS_PROXY: PROXY, ...env }, profile, properties);
  expect(found[NON_PROXY]?.split('|')).toContain('lab.corp');
});

test('an endpoint that is ignored has no say', async () => {
  const env = {
    HTTPS_PROXY: PROXY,
    HTTP_PROXY: OTHER,
    AWS_ENDPOINT_URL: LAB,
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true',
  };
  const found = await propertiesWith(env, '');
  expect(found['launcher.system.http.proxyHost']).toBe('proxy.corp');
  expect(found[NON_PROXY]).not.toContain('lab.corp');
});

test('a second proxy, for an endpoint of the profile, is refused before anything starts', async () => {
  const env = { HTTPS_PROXY: PROXY, HTTP_PROXY: OTHER };
  await expect(propertiesWith(env, `endpoint_url = ${LAB}`)).rejects.toThrow("KCL can't go by two proxies");
});

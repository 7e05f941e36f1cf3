import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadConfig } from '../../src/config/load.js';
import { environment } from '../aws/helpers/environment.js';
import { STREAM } from '../helpers/stream.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { Installation } from './helpers/installation.js';

const folder = temporaryFolder();
environment(() => ({
  AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_CONFIG_FILE: join(folder(), 'config'),
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:1',
  AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true',
  HTTPS_PROXY: 'http://proxy.example:3128',
  https_proxy: 'http://proxy.example:3128',
  NO_PROXY: '',
  no_proxy: '',
  NODE_EXTRA_CA_CERTS: '/etc/proxy-ca.pem',
  KCL_MAX_RECORDS: '10',
}));

/** With a `java` that notes its environment and its properties. */
async function seenByJava(env: NodeJS.ProcessEnv) {
  writeFileSync(join(folder(), 'config'), '[default]\nuse_fips_endpoint = true\n');
  const installation = new Installation(folder()).buildLauncher().installJava(`
    env >"${folder()}/env"
    for argument; do case "$argument" in *.properties) cat "$argument" >"${folder()}/seen" ;; esac; done
    echo '{"credentialsReport":{"Kinesis":{"accessKeyId":"AKIAIOSFODNN7EXAMPLE"}}}'`);
  process.env.JAVA_HOME = installation.javaHome;
  const file = pathToFileURL(join(installation.root, 'dist', 'worker', 'java-credentials.js'));
  const { readJavaCredentials } = (await import(
    file.href
  )) as typeof import('../../src/worker/java-credentials.js');
  const loaded = loadConfig({ flags: {}, env: { STREAM_ARN: STREAM.arn, ...env } });
  const { services } = await readJavaCredentials(loaded, AbortSignal.timeout(30_000));
  expect(services).toEqual({ Kinesis: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE' } });
  const lines = (name: string) => readFileSync(join(folder(), name), 'utf8').split('\n');
  return { environment: lines('env'), properties: lines('seen').join('\n') };
}

test("the JVM gets the endpoints that Node's SDK has found, as at start", async () => {
  const { environment } = await seenByJava({});
  expect(environment).toContain('AWS_USE_FIPS_ENDPOINT=true'); // from the profile
  expect(environment.filter((line) => line.startsWith('AWS_ENDPOINT_URL'))).toEqual([]); // they are ignored
  expect(environment).toContain('KCL_MAX_RECORDS=10');
});

test('the JVM gets the environment of the multilang transport, as at start', async () => {
  const { environment } = await seenByJava({ TRANSPORT: 'multilang', HANDLER: 'sample' });
  expect(environment).toContain('AWS_USE_FIPS_ENDPOINT=true');
  expect(environment.filter((line) => line.startsWith('KCL_'))).toEqual([]);
});

test('the JVM gets the proxy and the certificates, as at start', async () => {
  const { properties } = await seenByJava({});
  expect(properties).toMatch(/^launcher\.system\.https?\.proxyHost ?= ?proxy\.example$/m);
  expect(properties).toMatch(/^launcher\.extraCaCertificates ?= ?\/etc\/proxy-ca\.pem$/m);
  expect(properties).toMatch(/^launcher\.trustStore ?= ?\S+$/m);
});

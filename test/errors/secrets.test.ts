import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  hideSecrets,
  maySecret,
  noteEnvironment,
  noteSecret,
  noteSecretsOf,
} from '../../src/errors/secrets.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

/** Each test has its own: what is noted stays so. */
let count = 0;
const canary = () => `Ca/na+ry="${++count}é0123`;

describe('a secret that is known', () => {
  test.each([
    ['as it is', (secret: string) => secret],
    ['in JSON', (secret: string) => JSON.stringify({ secret })],
    ['URL-encoded', (secret: string) => `https://x/?t=${encodeURIComponent(secret)}&y`],
    ['in base64', (secret: string) => Buffer.from(secret).toString('base64')],
    ['in base64url', (secret: string) => Buffer.from(secret).toString('base64url')],
  ])('is hidden %s', (_name, form) => {
    const secret = canary();
    const text = `before ${form(secret)} after`;
    expect(hideSecrets(text)).toBe(text);
    noteSecret(secret);
    const hidden = hideSecrets(text);
    expect(hidden).toMatch(/^before .*\[hidden\].* after$/);
    expect(hidden).not.toContain(secret);
  });

  test('of fewer than 8 characters is not: it would hide parts of words', () => {
    noteSecret('test');
    expect(hideSecrets('a test')).toBe('a test');
  });

  test('that contains another is hidden whole', () => {
    noteSecret('inner-secret');
    noteSecret('outer-inner-secret-outer');
    expect(hideSecrets('<outer-inner-secret-outer>')).toBe('<[hidden]>');
  });
});

describe('settings that hold secrets', () => {
  const folder = temporaryFolder();
  test.each([
    ['AWS_SECRET_ACCESS_KEY', (secret: string) => secret],
    ['AWS_SESSION_TOKEN', (secret: string) => secret],
    ['AWS_CONTAINER_AUTHORIZATION_TOKEN', (secret: string) => secret],
    ['STREAM_ROLE_EXTERNAL_ID', (secret: string) => secret],
    ['streamRoleExternalId', (secret: string) => secret],
    ['kinesisCredentialsProvider.secretAccessKey', (secret: string) => secret],
    ['kinesisClient.httpClient.proxyPassword', (secret: string) => secret],
    ['HTTPS_PROXY', (secret: string) => `http://user:${secret}@proxy:3128`],
    ['https_proxy', (secret: string) => `user:${secret}@proxy:3128`],
    ['HTTP_PROXY', (secret: string) => `http://user:${encodeURIComponent(secret)}@proxy:3128`],
    ['kinesisEndpoint', (secret: string) => `https://user:${secret}@kinesis.example`],
    ['JAVA_TOOL_OPTIONS', (secret: string) => `-Xmx1g -Dhttp.proxyPassword=${secret} -Dx=y`],
    ['JDK_JAVA_OPTIONS', (secret: string) => `"-Daws.sessionToken=${secret}"`],
    ['awsCredentialsProvider', (secret: string) => `com.example.Keys|AKIA|${secret}`],
    ['awsCredentialsProvider', (secret: string) => `Other|x,com.example.Keys|key=${secret}`],
    ['KCL_AWS_CREDENTIALS_PROVIDER_DYNAMO_DB', (secret: string) => `com.example.Keys|AKIA|${secret}`],
    [
      'awsCredentialsProvider',
      (secret: string) =>
        `KclStsAssumeRoleCredentialsProvider|arn:aws:iam::1:role/x|name|externalId=${secret}`,
    ],
  ])('%s', (name, textOf) => {
    const secret = `S3cr+et-${++count}-abcdefgh`;
    noteSecretsOf(name, textOf(secret));
    expect(hideSecrets(`can't use ${secret} here`)).toBe("can't use [hidden] here");
  });

  test('a file of tokens that the environment names', () => {
    const file = join(folder(), 'token');
    writeFileSync(file, 'no-json-web-token\n');
    noteEnvironment({
      AWS_WEB_IDENTITY_TOKEN_FILE: file,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: join(folder(), 'none'),
    });
    expect(hideSecrets(`no-json-web-token of ${file}`)).toBe(`[hidden] of ${file}`);
  });

  test.each([
    ['AWS_WEB_IDENTITY_TOKEN_FILE', '/var/run/secrets/a-token'],
    ['AWS_PROFILE', 'production-reader'],
    ['awsCredentialsProvider', 'ProfileCredentialsProvider|production-reader'],
    ['awsCredentialsProvider', 'KclStsAssumeRoleCredentialsProvider|arn:aws:iam::1:role/a-role|session-name'],
    ['kinesisEndpoint', 'https://kinesis.example:8443/a:b'],
    ['handler', './handlers/orders.js'],
    ['IMAGE', 'registry-name:production@sha256:0123456789abcdef'],
  ])('not what %s = %s holds', (name, value) => {
    noteSecretsOf(name, value);
    const words = value.replace(/\W+/g, ' ');
    expect(hideSecrets(value)).toBe(value);
    expect(hideSecrets(words)).toBe(words);
  });

  test.each([
    'streamRoleExternalId',
    'awsCredentialsProvider',
    'kinesisCredentialsProvider.x',
    'a.secretKey',
  ])('a wrong value of %s is not shown', (key) => expect(maySecret(key)).toBe(true));
});

describe('what looks like a secret', () => {
  const SECRET = 'FwoG+ZXIvYXdz/EA==';

  test.each([
    // "The Canonical String for this request should have been", of a wrong signature.
    `'POST\n/\n\nhost:kinesis\nx-amz-date:20261130T000000Z\nx-amz-security-token:${SECRET}\n\nhost;x-amz-date;x-amz-security-token\nabc'`,
    `POST /?X-Amz-Security-Token=${encodeURIComponent(SECRET)}&X-Amz-Date=x`,
    `{"Credentials":{"AccessKeyId":"ASIA","SecretAccessKey":"${SECRET}","SessionToken" : "${SECRET}"}}`,
    `<SecretAccessKey>${SECRET}</SecretAccessKey><SessionToken>${SECRET}</SessionToken>`,
    `aws_secret_access_key=${SECRET}`,
    `AssumeRoleRequest(RoleArn=arn:aws:iam::1:role/x, ExternalId=${SECRET})`,
    `1 validation error detected: Value '${SECRET}, it's' at 'externalId' failed to satisfy constraint`,
    `2 validation errors detected: Value 'a' at 'roleArn' failed; Value '${SECRET}' at 'webIdentityToken' failed`,
    `http-outgoing-0 >> Authorization: Basic ${SECRET}`,
    `Proxy-Authorization=${SECRET}`,
    `can't reach the proxy http://user:${encodeURIComponent(SECRET)}@proxy:3128/`,
    `Authorization: AWS4-HMAC-SHA256 Credential=AKIA/x/aws4_request, SignedHeaders=a;b, Signature=${SECRET}`,
    `"authorization":"Bearer ${SECRET}"`,
    `the token eyJhbGciOiJSUzI1NiJ9.${SECRET.replace(/\W/g, '')}.${SECRET.replace(/\W/g, '')} is not valid`,
  ])('%j', (text) => {
    for (const written of [text, JSON.stringify({ msg: text })]) {
      const hidden = hideSecrets(written);
      expect(hidden).toContain('[hidden]');
      for (const form of [SECRET, encodeURIComponent(SECRET), SECRET.replace(/\W/g, '')]) {
        expect(hidden).not.toContain(form);
      }
    }
  });

  test.each([
    'streamRoleExternalId: needs streamRoleArn; give it as --stream-role-external-id',
    'Set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where a role is attached.',
    'The security token included in the request is invalid',
    'User: arn:aws:sts::111122223333:assumed-role/reader/x is not authorized to perform: kinesis:GetRecords',
    'not authorized: no identity-based policy allows it',
    'https://kinesis.example:8443/a, http://[::1]:4567 and reader@example.com',
    '{"level":30,"msg":"checkpointed","sequenceNumber":"49680625337046601370114180866092283585582342940695461890"}',
  ])('but not %j', (text) => {
    expect(hideSecrets(text)).toBe(text);
    expect(JSON.parse(hideSecrets(JSON.stringify(text)))).toBe(text);
  });

  test('a line of JSON stays one', () => {
    const text = `Value '"${SECRET}\\"' at 'externalId', password="${SECRET}" x-amz-security-token:${SECRET}`;
    const hidden = hideSecrets(
      JSON.stringify({ level: 50, before: "Value 'x' at 'y'", msg: text, other: 'kept' }),
    );
    expect(JSON.parse(hidden)).toMatchObject({ level: 50, before: "Value 'x' at 'y'", other: 'kept' });
    expect(hidden).not.toContain(SECRET);
  });
});

test('secrets of the environment and the configuration stay known, however many sessions follow', () => {
  noteEnvironment({ AWS_SECRET_ACCESS_KEY: 'lasting-of-the-environment' });
  noteSecretsOf('streamRoleExternalId', 'lasting-of-the-configuration');
  for (let session = 0; session < 1_001; session++) noteSecret(`session-number-${session}`);

  expect(hideSecrets('lasting-of-the-environment lasting-of-the-configuration session-number-1000.')).toBe(
    '[hidden] [hidden] [hidden].',
  );
  expect(hideSecrets('session-number-0.')).toBe('session-number-0.');
});

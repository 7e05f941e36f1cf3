import { fileURLToPath } from 'node:url';
import type { LoadedConfig } from '../../src/config/load.js';
import { launcherProperties } from '../../src/worker/launcher-properties.js';
import { type Inputs, load, loadWithArn, STREAM } from '../config/load-helpers.js';

const SOCKET = '/tmp/run/kcl.sock';
const ROLE = 'arn:aws:iam::111122223333:role/stream-reader';

const CREATED_AT = 1_650_000_000;
const created = { streamCreatedAt: CREATED_AT };

/** As it is after every stream has been asked for: `auto` has become this epoch. */
function propertiesOf(loaded: LoadedConfig, epochOfAuto = 1_700_000_000) {
  const tracked = loaded.config.streams.map(({ creationEpoch, ...source }) => ({
    ...source,
    creationEpoch: creationEpoch === 'auto' ? epochOfAuto : creationEpoch,
    retentionMs: 86_400_000,
    createdAt: CREATED_AT,
  }));
  return launcherProperties(loaded, tracked, process.env, SOCKET);
}

function streamsOf(loaded: LoadedConfig) {
  return JSON.parse(propertiesOf(loaded)['launcher.streams'] ?? '') as unknown;
}

describe('launcher.streams', () => {
  test('has the ARN and nothing else for one stream by its ARN', () => {
    expect(streamsOf(loadWithArn({}))).toEqual([{ streamArn: STREAM, ...created }]);
  });

  test('has the creation epoch', () => {
    expect(streamsOf(loadWithArn({ flags: { streamCreationEpoch: 'auto' } }))).toEqual([
      { streamArn: STREAM, creationEpoch: 1_700_000_000, ...created },
    ]);
  });

  test('has the ARN of the consumer', () => {
    const consumerArn = `${STREAM}/consumer/me:1700000000`;

    expect(streamsOf(loadWithArn({ flags: { consumerArn } }))).toEqual([
      { streamArn: STREAM, consumerArn, ...created },
    ]);
  });

  test('has every stream in order, each with its own epoch, consumer and position', () => {
    const properties = `
applicationName = app
streams.2.streamArn = ${STREAM}-2
streams.2.streamCreationEpoch = 1600000000
streams.2.consumerArn = ${STREAM}-2/consumer/me:1700000001
streams.2.initialPositionInStream = LATEST
streams.1.streamArn = ${STREAM}
streams.1.initialPositionInStreamExtended = 1700000002
`;

    expect(streamsOf(load({ properties }))).toEqual([
      { streamArn: STREAM, creationEpoch: 1_700_000_000, initialPosition: '1700000002', ...created },
      {
        streamArn: `${STREAM}-2`,
        ...created,
        creationEpoch: 1_600_000_000,
        consumerArn: `${STREAM}-2/consumer/me:1700000001`,
        initialPosition: 'LATEST',
      },
    ]);
  });
});

describe('the role for the stream', () => {
  const roleOf = (inputs: Inputs) =>
    Object.entries(propertiesOf(loadWithArn(inputs))).filter(([key]) =>
      key.startsWith('launcher.streamRole'),
    );

  test('is left out where there is none', () => {
    expect(roleOf({})).toEqual([]);
  });

  test('stands alone without an external id', () => {
    expect(roleOf({ flags: { streamRoleArn: ROLE } })).toEqual([['launcher.streamRoleArn', ROLE]]);
  });

  test('comes with its external id', () => {
    expect(roleOf({ flags: { streamRoleArn: ROLE, streamRoleExternalId: 'secret' } })).toEqual([
      ['launcher.streamRoleArn', ROLE],
      ['launcher.streamRoleExternalId', 'secret'],
    ]);
  });
});

describe('the transport', () => {
  test('host is a socket, and no command', () => {
    const properties = propertiesOf(loadWithArn({ flags: { transport: 'host' } }));

    expect(properties).toMatchObject({ 'launcher.socketPath': SOCKET });
    expect(properties).not.toHaveProperty(['launcher.childCommand']);
  });

  test('multilang is a command as an array, and no socket', () => {
    const properties = propertiesOf(loadWithArn({ flags: { transport: 'multilang' } }));
    const child = fileURLToPath(new URL('../../src/worker/multilang/child.js', import.meta.url));

    expect(JSON.parse(properties['launcher.childCommand'] ?? '')).toEqual([process.execPath, child]);
    expect(properties).not.toHaveProperty(['launcher.socketPath']);
  });
});

test('the lease table stays where its region says', () => {
  const regionOf = (inputs: Inputs) => propertiesOf(loadWithArn(inputs))['launcher.leaseTableRegion'];

  expect(regionOf({})).toBe('eu-west-1');
  expect(regionOf({ flags: { leaseTableRegion: 'us-west-2' } })).toBe('us-west-2');
});

test('times are passed on as texts', () => {
  const flags = { formerStreamsLeaseRetentionMs: '5000', initialLeaseSyncMaxWaitMs: '0' };

  expect(propertiesOf(loadWithArn({ flags }))).toMatchObject({
    'launcher.formerStreamsLeaseRetentionMs': '5000',
    'launcher.initialLeaseSyncMaxWaitMs': '0',
  });
});

test('every default that the launcher needs is passed on: it has none of its own', () => {
  expect(propertiesOf(loadWithArn({}))).toMatchObject({
    'launcher.leaseTableRegion': 'eu-west-1',
    'launcher.allowEpochChange': 'false',
    'launcher.formerStreamsLeaseRetentionMs': '86400000',
    'launcher.initialLeaseSyncMaxWaitMs': '1000',
    initialPositionInStream: 'TRIM_HORIZON',
    shutdownGraceMillis: '30000',
  });
});

test("KCL's keys are passed on, and what names the program is ours", () => {
  const properties = propertiesOf(loadWithArn({ set: ['maxRecords=5', 'executableName=mine'] }));

  expect(properties).toMatchObject({
    applicationName: 'cross-account-kcl-111122223333-orders',
    regionName: 'eu-west-1',
    maxRecords: '5',
    executableName: 'cross-account-kcl',
    processingLanguage: `nodejs/${process.versions.node}`,
  });
});

test('every value is a text', () => {
  const properties = propertiesOf(loadWithArn({ flags: { streamCreationEpoch: 'auto' } }));

  expect(Object.values(properties).filter((value) => typeof value !== 'string')).toEqual([]);
});

describe('the credentials', () => {
  const served = (inputs: Inputs) =>
    launcherProperties(loadWithArn(inputs), [], process.env, SOCKET, '/tmp/run/aws.sock');

  test('of the default chain are asked from this process, by whatever name it is meant', () => {
    for (const set of [
      [],
      ['awsCredentialsProvider=DefaultAWSCredentialsProviderChain'],
      ['awsCredentialsProvider=software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider'],
    ]) {
      expect(served({ set })).toMatchObject({
        awsCredentialsProvider: 'crossaccountkcl.aws.ServedCredentials',
        'launcher.credentialsSocketPath': '/tmp/run/aws.sock',
      });
    }
  });

  test('of other providers stay those, also beside the default chain', () => {
    const set = [
      'awsCredentialsProvider=ProfileCredentialsProvider|x,DefaultCredentialsProvider',
      'awsCredentialsProviderDynamoDB=DefaultCredentialsProvider',
      'awsCredentialsProviderCloudWatch=ContainerCredentialsProvider',
    ];

    expect(served({ set })).toMatchObject({
      awsCredentialsProvider: 'ProfileCredentialsProvider|x,crossaccountkcl.aws.ServedCredentials',
      awsCredentialsProviderDynamoDB: 'crossaccountkcl.aws.ServedCredentials',
      awsCredentialsProviderCloudWatch: 'ContainerCredentialsProvider',
    });
  });
});

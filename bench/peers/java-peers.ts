import { existsSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { projectRoot } from '../../lab/project-root.js';
import { javaOptions, optional, type Peer, type PeerRun, WORKER } from './peer.js';

/** KCL's libraries without our launcher, so that no class of ours takes the place of one of KCL's. */
const LIBRARIES = join(projectRoot, 'launcher', 'target', 'lib', '*');
const LOGGING = join(projectRoot, 'bench', 'peers', 'java', 'logback.xml');

/** Where scripts/bench puts the compiled class and what it fetches. */
export const JAVA_CLASSES = join(projectRoot, 'build', 'bench', 'java');
export const KCLPY_FOLDER = join(projectRoot, '.cache', 'bench', 'amazon_kclpy-3.2.0');

/** As in InProcess.java. */
const SHORT_INTERVALS = {
  shardSyncIntervalMillis: 100,
  leaseAssignmentIntervalMillis: 500,
  parentShardPollIntervalMillis: 500,
  schedulerInitializationBackoffTimeMillis: 500,
};

/** A child of the stock MultiLangDaemon for each shard. */
function stock(id: string, name: string, executable: readonly string[], env = {}): Peer {
  return {
    id,
    name,
    kcl: true,
    named: true,
    command(run) {
      const file = join(run.folder, `${id}.properties`);
      const properties = optional({
        executableName: executable.join(' '),
        streamName: run.streamName,
        applicationName: run.applicationName,
        regionName: run.account.AWS_REGION,
        AwsCredentialsProvider: 'DefaultCredentialsProvider',
        initialPositionInStream: run.position ?? 'TRIM_HORIZON',
        retrievalMode: 'POLLING',
        metricsLevel: 'NONE',
        // 0 by default: no checkpoint at the end.
        shutdownGraceMillis: 10_000,
        kinesisEndpoint: run.kinesisEndpoint,
        dynamoDBEndpoint: run.dynamodbEndpoint,
        idleTimeBetweenReadsInMillis: run.idleBetweenReadsMs,
        workerIdentifier: WORKER,
        ...(run.intervals === 'short' ? SHORT_INTERVALS : {}),
      });
      writeFileSync(
        file,
        Object.entries(properties)
          .map((pair) => `${pair.join(' = ')}\n`)
          .join(''),
      );
      return {
        command: 'java',
        args: [
          ...javaOptions(run),
          '-cp',
          LIBRARIES,
          'software.amazon.kinesis.multilang.MultiLangDaemon',
          ...['-p', file, '-l', LOGGING],
        ],
        env,
      };
    },
  };
}

export const stockNode = stock('stock', 'stock MultiLangDaemon + aws-kcl', [
  process.execPath,
  join(projectRoot, 'build', 'bench', 'peers', 'aws-kcl-child.js'),
]);

export const stockPython: Peer = {
  ...stock(
    'stock-python',
    'stock MultiLangDaemon + amazon_kclpy',
    ['python3', join(projectRoot, 'bench', 'peers', 'kclpy_child.py')],
    { KCLPY_FOLDER },
  ),
  lacks: () =>
    existsSync(KCLPY_FOLDER) ? undefined : `${KCLPY_FOLDER} is not there: it needs python3, pip and PyPI`,
};

export const plainJava: Peer = {
  id: 'java',
  name: 'plain Java KCL, in process',
  kcl: true,
  named: true,
  command: (run: PeerRun) => ({
    command: 'java',
    args: [
      ...javaOptions(run),
      `-Dlogback.configurationFile=${LOGGING}`,
      '-cp',
      [JAVA_CLASSES, LIBRARIES].join(delimiter),
      'InProcess',
    ],
    env: optional({
      STREAM_NAME: run.streamName,
      APPLICATION_NAME: run.applicationName,
      KINESIS_ENDPOINT: run.kinesisEndpoint,
      DYNAMODB_ENDPOINT: run.dynamodbEndpoint,
      IDLE_BETWEEN_READS_MS: run.idleBetweenReadsMs,
      POSITION: run.position,
      WORKER,
      SHORT_INTERVALS: run.intervals === 'short' ? 'true' : undefined,
    }),
  }),
};

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../lab/project-root.js';
import { optional, type Peer } from './peer.js';

const LIFION = join(projectRoot, 'bench', 'peers', 'node_modules', 'lifion-kinesis');

/** A consumer that is Node.js alone; its intervals are given to it in the environment. */
function node(id: string, name: string, module: string): Peer {
  return {
    id,
    name,
    kcl: false,
    command: (run) => ({
      command: process.execPath,
      args: [join(projectRoot, 'build', 'bench', 'peers', `${module}.js`)],
      env: optional({
        STREAM_NAME: run.streamName,
        APPLICATION_NAME: run.applicationName,
        KINESIS_ENDPOINT: run.kinesisEndpoint,
        DYNAMODB_ENDPOINT: run.dynamodbEndpoint,
        IDLE_BETWEEN_READS_MS: run.idleBetweenReadsMs ?? 1_000,
        POSITION: run.position,
        SHORT_INTERVALS: run.intervals === 'short' ? 'true' : undefined,
        NODE_EXTRA_CA_CERTS: run.trust?.pemFile,
      }),
    }),
  };
}

export const lifion: Peer = {
  ...node('lifion', 'lifion-kinesis', 'lifion'),
  lacks: () =>
    existsSync(LIFION) ? undefined : `${LIFION} is not there: npm could not install it in bench/peers`,
};
export const rawSdk = node('raw', 'raw SDK loop in Node, no KCL', 'raw-sdk');

import { join } from 'node:path';
import { projectRoot } from '../../lab/project-root.js';
import { javaOptions, optional, type Peer } from './peer.js';

/** This project's worker. The emulators take the account from the access key id. Its intervals and checkpoints are always its defaults. */
function ours(id: string, name: string, handler: string, transport: 'host' | 'multilang'): Peer {
  return {
    id,
    name,
    kcl: true,
    command: (run) => ({
      command: process.execPath,
      args: [join(projectRoot, 'dist', 'cli.js'), 'start'],
      env: {
        STREAM_ARN: `arn:aws:kinesis:${run.account.AWS_REGION}:${run.account.AWS_ACCESS_KEY_ID}:stream/${run.streamName}`,
        APPLICATION_NAME: run.applicationName,
        HANDLER: join(projectRoot, 'build', 'bench', 'peers', `${handler}.js`),
        TRANSPORT: transport,
        KINESIS_ENDPOINT: run.kinesisEndpoint,
        DYNAMO_DB_ENDPOINT: run.dynamodbEndpoint,
        // There are no policies to check and no CloudWatch, for the peers neither.
        PREFLIGHT: 'off',
        METRICS_LEVEL: 'NONE',
        LOG_FORMAT: 'json',
        INITIAL_POSITION_IN_STREAM: run.position ?? 'TRIM_HORIZON',
        ...optional({ KCL_IDLE_TIME_BETWEEN_READS_IN_MILLIS: run.idleBetweenReadsMs }),
        ...(run.heap || run.trust ? { JAVA_TOOL_OPTIONS: javaOptions(run).join(' ') } : {}),
        ...optional({ NODE_EXTRA_CA_CERTS: run.trust?.pemFile }),
      },
    }),
  };
}

export const oursBatches = ours('ours', 'ours (host, batches)', 'ours-batches', 'host');
export const oursRecords = ours('ours-records', 'ours (host, record by record)', 'ours-records', 'host');
export const oursMultilang = ours('ours-multilang', 'ours (multilang)', 'ours-batches', 'multilang');

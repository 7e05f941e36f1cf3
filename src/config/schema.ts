import { tmpdir } from 'node:os';
import * as z from 'zod';
import { parseConsumerArn, parseStreamArn } from '../aws/arn.js';
import { REGION } from '../aws/partition.js';
import { deliveryKeys } from './delivery-keys.js';
import {
  bool,
  choice,
  EXTERNAL_ID,
  info,
  ms,
  parseCreationEpoch,
  parsed,
  parsePastSeconds,
  ROLE_ARN,
  text,
  url,
  whole,
} from './fields.js';

/** Of each stream: by themselves for the only one, as `streams.<n>.<key>` for several. */
const streamKeys = {
  streamArn: parsed(parseStreamArn).register(info, {
    description: 'The stream to read. Its account may be another one than that of the credentials.',
    expects: 'ARN of a stream',
    defaultText: 'required',
    perStream: true,
  }),
  streamCreationEpoch: parsed(parseCreationEpoch)
    .optional()
    .register(info, {
      description:
        'Tracks the stream by its ARN and its creation epoch (StreamTracker form), so that a stream that was ' +
        'deleted and made again is told apart. `auto` asks the stream, and refuses leases of another epoch.',
      expects: 'auto | seconds since 1970',
      defaultText: 'one stream: none, by its ARN alone; several: `auto`',
      perStream: true,
    }),
  consumerArn: parsed(parseConsumerArn).optional().register(info, {
    description: "A registered (enhanced fan-out) consumer of that stream, in the owner's account.",
    expects: 'ARN of a consumer of that stream',
    perStream: true,
  }),
};

const POSITION_AT = 'seconds since 1970';
const position = choice('TRIM_HORIZON', 'LATEST');
const positionAt = parsed((given) => {
  const now = new Date();
  const expected = `${POSITION_AT}, which are ${Math.floor(now.getTime() / 1000)} now, at ${now.toISOString()}`;
  return parsePastSeconds(given, { name: 'a time', expected });
});

export const streamSchema = z.object({
  ...streamKeys,
  initialPositionInStream: position.optional(),
  initialPositionInStreamExtended: positionAt.optional(),
});

const applicationKeys = {
  handler: text.optional().register(info, {
    description:
      'The module that exports the record handler. `sample` logs each record, and counts it as handled. Without a handler nothing is read.',
    expects: 'path of a module, or sample',
    defaultText: '`src/record-handler.ts` of a clone',
  }),
  allowEpochChange: bool('false').register(info, {
    description:
      'Starts although the creation epoch contradicts the leases or the stream: new leases are made and ' +
      'everything is read again from the initial position.',
    expects: 'true | false',
    boolean: true,
    launcher: true,
  }),
  formerStreamsLeaseRetentionMs: whole(0)
    .prefault('86400000')
    .register(info, {
      description:
        'How long leases of streams that are not configured any more are kept, once a leader has noticed ' +
        '(StreamTracker form). They are not read in the meantime.',
      expects: `${ms}, 0 or more`,
      launcher: true,
    }),
  leaseTableRegion: text.regex(REGION).optional().register(info, {
    description: 'The region of the lease table and the metrics.',
    expects: 'a region, like eu-west-1',
    defaultText: "the stream's region",
    stock: 'none: one region for all',
    launcher: true,
  }),
  streamRoleArn: text.regex(ROLE_ARN).optional().register(info, {
    description:
      'A role to assume for Kinesis alone. The lease table and the metrics stay with the own credentials.',
    expects: 'ARN of an IAM role',
    launcher: true,
  }),
  streamRoleExternalId: text.regex(EXTERNAL_ID).optional().register(info, {
    description: "The external id that the role's trust policy asks for.",
    expects: '2-1224 of a-z A-Z 0-9 _ + = , . @ : / -',
    launcher: true,
  }),
  preflight: choice('off', 'warn', 'require')
    .prefault('require')
    .register(info, {
      description:
        'Tries out every access before the daemon is started. `require`: what fails stops the start. `warn`: it is ' +
        'logged, and the start goes on.',
      expects: 'off | warn | require',
    }),
  transport: choice('host', 'multilang').prefault('host').register(info, {
    description: '`host`: one Node process serves every shard. `multilang`: one child per shard, as stock.',
    expects: 'host | multilang',
  }),
  ...deliveryKeys,
  httpPort: z
    .union([z.literal('none').transform(() => undefined), whole(0, 65_535)])
    .optional()
    .register(info, {
      description:
        'The port for health, metrics and the status page. 0: any that is free; the log says which.',
      expects: 'whole number, 0 to 65535, or none',
      defaultText: 'none: no HTTP server',
    }),
  httpHost: text
    .regex(/^[\w.:-]+$/)
    .prefault('127.0.0.1')
    .register(info, {
      description:
        'The address that it listens on. `0.0.0.0` or `::` for all: the page names streams, workers and errors.',
      expects: 'IP address or name of this machine',
    }),
  initialLeaseSyncMaxWaitMs: whole(0)
    .prefault('1000')
    .register(info, {
      description:
        'While the lease table is empty a worker waits a random time up to this before it lists the shards, ' +
        'so that workers that start at once do not all do it.',
      expects: `${ms}, 0 or more`,
      stock: '30000 (fixed)',
      launcher: true,
    }),
  runDirectory: text
    .prefault(() => tmpdir())
    .register(info, {
      description: 'Where the private directory with the socket and the generated properties is made.',
      expects: 'path of a directory',
      defaultText: "the system's temporary directory",
    }),
  logLevel: choice('trace', 'debug', 'info', 'warn', 'error', 'fatal').prefault('info').register(info, {
    description: 'The least severe level that is logged.',
    expects: 'trace | debug | info | warn | error | fatal',
  }),
  logFormat: choice('auto', 'json', 'pretty').prefault('auto').register(info, {
    description: '`auto` is `pretty` on a terminal and `json` elsewhere.',
    expects: 'auto | json | pretty',
  }),
  applicationName: text
    .regex(/^[a-zA-Z0-9_.-]{3,255}$/)
    .optional()
    .register(info, {
      description:
        "The KCL application; also the lease table's name. Workers that share it share the shards.",
      expects: '3-255 of a-z A-Z 0-9 _ . -',
      defaultText: '`cross-account-kcl-<owner account>-<stream name>`; required with several streams',
      stock: 'required',
      kcl: true,
    }),
  regionName: text.optional().register(info, {
    description:
      "The region of all clients. KCL rejects a stream that is not in its Kinesis client's region.",
    expects: "the region of the stream's ARN",
    defaultText: "the ARN's region",
    stock: 'from the SDK',
    kcl: true,
  }),
  initialPositionInStream: position.prefault('TRIM_HORIZON').register(info, {
    description:
      'Where a shard without a checkpoint is read from. TRIM_HORIZON misses nothing that is retained.',
    expects: 'TRIM_HORIZON | LATEST',
    stock: 'LATEST',
    perStream: true,
    kcl: true,
  }),
  initialPositionInStreamExtended: positionAt.optional().register(info, {
    description: 'The same by time, which must be over; instead of initialPositionInStream.',
    expects: POSITION_AT,
    perStream: true,
    kcl: true,
  }),
  retrievalMode: choice('POLLING', 'FANOUT')
    .optional()
    .register(info, {
      description:
        'How records are fetched. Stock DEFAULT would register a fan-out consumer by name, in the ' +
        "reader's own account.",
      expects: 'POLLING | FANOUT',
      defaultText: 'for each stream: `FANOUT` with consumerArn, else `POLLING`',
      stock: 'DEFAULT',
      kcl: true,
    }),
  kinesisEndpoint: url.optional().register(info, {
    description: 'Replaces the endpoint of Kinesis, for VPC endpoints and emulators.',
    expects: 'http or https URL',
    kcl: true,
  }),
  dynamoDBEndpoint: url.optional().register(info, {
    description: 'Replaces the endpoint of DynamoDB, for VPC endpoints and emulators.',
    expects: 'http or https URL',
    kcl: true,
  }),
  awsCredentialsProvider: text.prefault('DefaultCredentialsProvider').register(info, {
    description:
      "The Java SDK's credentials provider, or several with commas between them. " +
      'The leading part may have any case (AwsCredentialsProvider).',
    expects: 'class name of a credentials provider',
    stock: 'required',
    kcl: true,
  }),
  metricsLevel: choice('NONE', 'SUMMARY', 'DETAILED').prefault('DETAILED').register(info, {
    description: "How much KCL sends to CloudWatch, which charges for each metric in the reader's account.",
    expects: 'NONE | SUMMARY | DETAILED',
    kcl: true,
  }),
  shutdownGraceMillis: whole(0)
    .prefault('30000')
    .register(info, {
      description: 'How long a stop may take, final checkpoints included. With 0 there are none.',
      expects: `${ms}, 0 or more`,
      stock: '0',
      kcl: true,
    }),
  callProcessRecordsEvenForEmptyRecordList: bool('true').register(info, {
    description: 'Lets checkpoints and millisBehindLatest move on while the stream is idle.',
    expects: 'true | false',
    stock: 'false',
    boolean: true,
    kcl: true,
  }),
  shardSyncIntervalMillis: whole(1)
    .optional()
    .register(info, {
      description:
        "How long KCL sleeps after it has listed a stream's shards: the first time this delays the start.",
      expects: `${ms}, 1 or more`,
      defaultText: '1000 divided by the number of streams',
      stock: '60000',
      kcl: true,
    }),
  leaseAssignmentIntervalMillis: whole(100)
    .prefault('2000')
    .register(info, {
      description:
        'How often the leader assigns leases. Each worker looks for new leases of its own twice an interval.',
      expects: `${ms}, 100 or more`,
      stock: '2 × failoverTimeMillis = 20000',
      kcl: true,
    }),
  leaseAssignmentStrategy: choice('WORKER_UTILIZATION_AWARE', 'LEASE_COUNT_BASED')
    .optional()
    .register(info, {
      description:
        'How the leader shares out the leases: by CPU and throughput of the workers, or so that each has as many. ' +
        'Only that of the leader counts: give all workers the same.',
      expects: 'WORKER_UTILIZATION_AWARE | LEASE_COUNT_BASED',
      defaultText: '`WORKER_UTILIZATION_AWARE`',
      kcl: true,
    }),
  maxPendingProcessRecordsInput: whole(1, 5).optional().register(info, {
    description:
      'How many answers of GetRecords KCL fetches ahead for each shard. With 1 a shard takes about half the memory.',
    expects: 'whole number, 1 to 5',
    defaultText: '`4`',
    kcl: true,
  }),
  varianceBalancingFrequency: whole(1).optional().register(info, {
    description: 'Leases are rebalanced between workers at every n-th assignment.',
    expects: 'whole number, 1 or more',
    defaultText: 'once a minute: 60000 / leaseAssignmentIntervalMillis = 30',
    stock: '3 (once a minute)',
    kcl: true,
  }),
};

export const applicationSchema = z.object(applicationKeys);

/**
 * Every key that this project reads: one source for names, types, defaults and documentation.
 * Values come in as texts; the text `prefault` is the default. KCL's own keys end in Millis, ours in Ms.
 */
export const keys = { ...streamKeys, ...applicationKeys };

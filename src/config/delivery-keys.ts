import { parseQueueUrl } from '../aws/queue-url.js';
import { choice, info, ms, parsed, whole } from './fields.js';

/** How records are delivered: time limit, attempts, what becomes of a record that fails, checkpoints. */
export const deliveryKeys = {
  handlerTimeoutMs: whole(0)
    .prefault('300000')
    .register(info, {
      description:
        'How long one attempt of the handler may take. Then its `signal` is aborted and the attempt has failed. 0: as long as it likes.',
      expects: `${ms}, 0 or more`,
    }),
  maxAttempts: whole(1).prefault('10').register(info, {
    description:
      'How often a record is tried before `onFailure` decides. With the default waits, 10 attempts that fail at once take 40 to 81 s. Under Lambda: 5.',
    expects: 'whole number, 1 or more',
  }),
  retryDelayMs: whole(0)
    .prefault('200')
    .register(info, {
      description:
        'The most that is waited before the second attempt; at least half of it is (equal jitter). It doubles with each attempt.',
      expects: `${ms}, 0 or more`,
    }),
  retryMaxDelayMs: whole(0)
    .prefault('30000')
    .register(info, {
      description: 'The most that is waited between two attempts.',
      expects: `${ms}, 0 or more`,
    }),
  onFailure: choice('stop', 'skip', 'send')
    .prefault('stop')
    .register(info, {
      description:
        'After the last attempt. `stop`: the worker ends with exit code 4, the checkpoint stays before the record. ' +
        '`skip`: it is logged, and the next one is handled. `send`: the same, once it is in `failureQueueUrl`.',
      expects: 'stop | skip | send',
    }),
  failureQueueUrl: parsed(parseQueueUrl).optional().register(info, {
    description: 'The SQS queue for records that failed, with `onFailure = send`.',
    expects: 'URL of a queue',
  }),
  checkpointIntervalMs: whole(0)
    .prefault('10000')
    .register(info, {
      description:
        'How long handled records of a shard may be without a checkpoint. 0 checkpoints after every batch.',
      expects: `${ms}, 0 or more`,
    }),
  checkpointRecords: whole(1).prefault('10000').register(info, {
    description:
      'How many handled records of a shard may be without a checkpoint, if the interval comes later.',
    expects: 'whole number, 1 or more',
  }),
  stallWarningMs: whole(0)
    .prefault('60000')
    .register(info, {
      description:
        'A shard that makes no progress for so long is reported in the log, and again each time that long. 0: never.',
      expects: `${ms}, 0 or more`,
    }),
};

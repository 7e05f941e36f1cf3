import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Emulator, startEmulator } from './emulator-process.js';

const require = createRequire(import.meta.url);

/** kinesis-local keeps streams per account and takes a 12-digit access key id for the caller's account. */
export function startKinesisLocal(port: number, region: string): Promise<Emulator> {
  return startEmulator({
    name: 'kinesis-local',
    command: process.execPath,
    args: [fileURLToPath(new URL('kinesis-local-main.js', import.meta.url))],
    port,
    env: {
      KINESIS_MOCK_PLAIN_PORT: String(port),
      // It can't be turned off, and the lab doesn't use it: let the system choose.
      KINESIS_MOCK_TLS_PORT: '0',
      KINESIS_MOCK_CERT_PATH: join(require.resolve('kinesis-local/package.json'), '../server.json'),
      AWS_REGION: region,
      ...transitions,
      // A default account quota of AWS; its own default of 50 is soon used up by tests that share a lab.
      SHARD_LIMIT: '500',
      LOG_LEVEL: 'WARN',
      // Without this SIGTERM waits for open connections, and the SDK's clients keep theirs open.
      CATS_EFFECT_SHUTDOWN_HOOK_TIMEOUT: '0s',
    },
  });
}

/**
 * How long CREATING, DELETING, UPDATING and REGISTERING last: seconds on AWS, 500 ms by default here. Short, so
 * that tests are quick, but not zero: code that doesn't wait for ACTIVE must fail here as it does on AWS.
 */
const transitions = {
  CREATE_STREAM_DURATION: '100ms',
  DELETE_STREAM_DURATION: '100ms',
  REGISTER_STREAM_CONSUMER_DURATION: '100ms',
  DEREGISTER_STREAM_CONSUMER_DURATION: '100ms',
  START_STREAM_ENCRYPTION_DURATION: '100ms',
  STOP_STREAM_ENCRYPTION_DURATION: '100ms',
  MERGE_SHARDS_DURATION: '100ms',
  SPLIT_SHARD_DURATION: '100ms',
  UPDATE_SHARD_COUNT_DURATION: '100ms',
  UPDATE_STREAM_MODE_DURATION: '100ms',
};

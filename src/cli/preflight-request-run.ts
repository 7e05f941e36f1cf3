import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { StreamArn } from '../aws/arn.js';
import { explainCall } from '../aws/call-error.js';
import { createKinesisClient, createStsClient } from '../aws/clients.js';
import { defaultApplicationName } from '../aws/kcl-tables.js';
import { type KeyArn, keyOfStream } from '../aws/key-arn.js';
import { parseReaderArn, type ReaderArn } from '../aws/reader-arn.js';
import { roleArnFrom } from '../aws/role-arn.js';
import type { WorkerConfig } from '../config/load.js';
import type { StreamSource } from '../config/streams.js';
import { AccessError } from '../errors/errors.js';
import { option, shellCommand } from '../errors/shell-command.js';
import { packageOrigin } from '../jvm/package-version.js';
import { encryptionOf, type StreamEncryption } from '../policy/aws/stream-encryption.js';
import type { ShareCondition } from '../policy/share-conditions.js';
import {
  type Identity,
  identityOf,
  type NamedReader,
  namedReader,
  sessionRole,
} from '../preflight/caller.js';
import { type ConfigOptions, loadFrom } from './config-options.js';
import { ownerMessage } from './owner-message.js';
import { checkReader, type ReaderOptions } from './preflight-options.js';

const TIMEOUT_MS = 15_000;
/** The message can do without the encryption. */
const ENCRYPTION_TIMEOUT_MS = 4_000;

export interface RequestOptions extends ConfigOptions, ReaderOptions {
  keyArn?: KeyArn;
  condition?: ShareCondition[];
}

/** Prints a message for each stream. @throws ConfigurationError | AccessError */
export async function printRequest(options: RequestOptions): Promise<void> {
  const { config } = loadFrom(options);
  checkReader(config, options);
  const { reader, note } = options.reader ? await given(options.reader, config) : await readerOf(config);
  if (reader === undefined) {
    throw new AccessError('the role or user that reads is unknown', {
      remedy: note ?? 'Give it with --reader.',
    });
  }
  const { regionName: region, kinesisEndpoint: endpoint, streamRoleArn: arn, streamRoleExternalId } = config;
  const role = arn === undefined ? undefined : { arn, externalId: streamRoleExternalId };
  const kinesis = createKinesisClient({ region, endpoint, role });
  try {
    const messages = await Promise.all(
      config.streams.map(async (source) => {
        const { stream, consumer } = source;
        return ownerMessage({
          request: { for: options.for, stream, reader, consumer, conditions: options.condition },
          encryption: options.keyArn
            ? { kind: 'customer-managed', key: options.keyArn, state: 'UNKNOWN' }
            : await encryptionSeen(stream, kinesis),
          note,
          origin: packageOrigin(),
          check: checkCommand(source, reader.arn, config, options),
        });
      }),
    );
    process.stdout.write(messages.join('\n---\n\n'));
  } finally {
    kinesis.destroy();
  }
}

/** What the stream is encrypted with: most readers may describe it only after the owner has allowed it. */
async function encryptionSeen(stream: StreamArn, kinesis: KinesisClient): Promise<StreamEncryption> {
  try {
    const seen = await encryptionOf(stream, kinesis, undefined, ENCRYPTION_TIMEOUT_MS);
    if (seen.kind !== 'unknown') return seen;
    const { key } = keyOfStream(seen.keyId ?? '', stream);
    return key ? { kind: 'customer-managed', key, state: 'UNKNOWN' } : seen;
  } catch (error) {
    return { kind: 'unknown', failure: error as Error };
  }
}

/** The caller, or the role that is only for the stream if there is one. @throws AccessError */
async function readerOf({ regionName: region, streamRoleArn }: WorkerConfig): Promise<NamedReader> {
  // It has its path: AssumeRole needs it.
  if (streamRoleArn !== undefined) return { reader: parseReaderArn(streamRoleArn) };
  const identity = await callerOf(region);
  const named = await namedReader(identity, roleArnFrom(region));
  if (named.reader || named.note) return named;
  throw new AccessError(`these are credentials of ${identity.arn}, and a role or user is needed`, {
    remedy: 'Give it with --reader.',
  });
}

/** What `--reader` names: where it is the caller, with the path that IAM reports. Somebody else's role is not asked for. */
async function given(reader: ReaderArn, { regionName: region }: WorkerConfig): Promise<NamedReader> {
  // Credentials are not needed to name somebody.
  const identity = await callerOf(region).catch(() => undefined);
  const role = sessionRole(identity?.arn ?? '');
  const isCaller = reader.kind === 'role' && role?.account === reader.account && role.name === reader.name;
  return identity && isCaller ? namedReader({ ...identity, reader }, roleArnFrom(region)) : { reader };
}

async function callerOf(region: string): Promise<Identity> {
  const sts = createStsClient({ region });
  try {
    const { Arn = '', Account = '' } = await sts.send(new GetCallerIdentityCommand({}), {
      abortSignal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return identityOf(Arn, Account);
  } catch (error) {
    throw explainCall(error, {
      failure: 'the reader is unknown',
      service: 'STS',
      action: 'sts:GetCallerIdentity',
      allowedBy: 'The endpoint of STS',
      missing: { reason: 'STS does not know it', remedy: 'Give it with --reader.' },
      endpointKey: 'AWS_ENDPOINT_URL_STS',
    });
  } finally {
    sts.destroy();
  }
}

function checkCommand(
  { stream, consumer }: StreamSource,
  reader: string,
  config: WorkerConfig,
  { for: readerType }: RequestOptions,
): string {
  const as = config.streamRoleArn === undefined ? '--reader' : '--stream-role-arn';
  // What the owner has no part in depends on a configuration that this message does not have.
  const only =
    readerType === 'kcl'
      ? ['--only', 'get-records', 'decrypt', ...(consumer ? ['consumer', 'subscribe'] : [])]
      : [];
  return shellCommand([
    ...['cross-account-kcl', 'preflight', '--for', readerType, ...option('--stream-arn', stream.arn)],
    ...[...option('--consumer-arn', consumer?.arn), ...option(as, reader)],
    ...(readerType === 'kcl' && consumer ? applicationOptions(stream, config) : []),
    ...[...only, '--wait', '10m'],
  ]);
}

/** The application whose leases preflight checks before it subscribes, where the stream does not determine it. */
function applicationOptions(
  stream: StreamArn,
  { applicationName, tables, leaseTableRegion, streams }: WorkerConfig,
): string[] {
  const known = streams.length === 1 && applicationName === defaultApplicationName(stream);
  return [
    ...(known ? [] : option('--application-name', applicationName)),
    ...(tables.lease === applicationName ? [] : option('--set', `tableName=${tables.lease}`)),
    ...(leaseTableRegion === stream.region ? [] : option('--lease-table-region', leaseTableRegion)),
  ];
}

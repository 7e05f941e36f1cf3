import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { StreamArn } from '../aws/arn.js';
import { explainCall } from '../aws/call-error.js';
import { createStsClient } from '../aws/clients.js';
import { parseReaderArn, type ReaderArn } from '../aws/reader-arn.js';
import { defaultApplicationName } from '../config/application-name.js';
import type { ConsumerConfig } from '../config/load.js';
import type { StreamSource } from '../config/streams.js';
import { AccessError } from '../errors/errors.js';
import { option, shellCommand } from '../errors/shell-command.js';
import { applyCommand } from '../policy/commands.js';
import { grantByOwner } from '../policy/grants.js';
import type { ShareRequest } from '../policy/read-request.js';
import { listOf, type Statement } from '../policy/types.js';
import { identityOf } from '../preflight/checks/credentials.js';
import { loadFrom } from './config-options.js';
import { checkReader } from './preflight-options.js';
import type { RequestOptions } from './preflight-request.js';

const TIMEOUT_MS = 15_000;

/** Prints a message for each stream. @throws ConfigurationError | AccessError */
export async function printRequest(options: RequestOptions): Promise<void> {
  const { config } = loadFrom(options);
  checkReader(config, options);
  const reader = options.reader ?? (await readerOf(config));
  const messages = config.streams.map((source) => message(source, reader, config, options));
  process.stdout.write(messages.join('\n---\n\n'));
}

/** Whose credentials these are; the role for the stream alone, if there is one. @throws AccessError */
async function readerOf({ regionName: region, streamRoleArn }: ConsumerConfig): Promise<ReaderArn> {
  if (streamRoleArn !== undefined) return parseReaderArn(streamRoleArn);
  const sts = createStsClient({ region });
  try {
    const answer = await sts.send(new GetCallerIdentityCommand({}), {
      abortSignal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const { arn, reader } = identityOf(answer.Arn ?? '', answer.Account ?? '');
    if (reader) {
      if (arn !== reader.arn) process.stderr.write(PATH_UNKNOWN);
      return reader;
    }
    throw new AccessError(`these are credentials of ${arn}, and a role or user is needed`, {
      hint: 'Give it with --reader.',
    });
  } catch (error) {
    if (error instanceof AccessError) throw error;
    throw explainCall(error, {
      failure: 'who reads could not be found out',
      service: 'STS',
      action: 'sts:GetCallerIdentity',
      allowedBy: 'The endpoint of STS',
      missing: { reason: 'STS does not know it', hint: 'Give it with --reader.' },
      endpointKey: 'AWS_ENDPOINT_URL_STS',
    });
  } finally {
    sts.destroy();
  }
}

const PATH_UNKNOWN =
  'cross-account-kcl: STS does not tell the path of a role; if the role has one, give --reader\n';

const BY = { kcl: 'the Kinesis Client Library', lambda: 'a Lambda function' } as const;

function message(
  { stream, consumer }: StreamSource,
  reader: ReaderArn,
  config: ConsumerConfig,
  options: RequestOptions,
): string {
  const { for: by, keyArn: key } = options;
  const request: ShareRequest = { for: by, stream, reader, consumer, key, conditions: options.condition };
  const { streamPolicy, consumerPolicy, keyPolicyStatement } = grantByOwner(request);
  const as = config.streamRoleArn === undefined ? '--reader' : '--stream-role-arn';
  // What the owner has no part in depends on a configuration that this message does not have.
  const only =
    by === 'kcl' ? ['--only', 'get-records', 'decrypt', ...(consumer ? ['consumer', 'subscribe'] : [])] : [];
  const check = shellCommand([
    ...['cross-account-kcl', 'preflight', '--for', by, ...option('--stream-arn', stream.arn)],
    ...[...option('--consumer-arn', consumer?.arn), ...option(as, reader.arn)],
    ...(by === 'kcl' && consumer ? applicationOptions(stream, config) : []),
    ...[...only, '--wait', '10m'],
  ]);
  const asked = [
    line('stream', stream.arn, streamPolicy.Statement),
    ...(consumer && consumerPolicy ? [line('consumer', consumer.arn, consumerPolicy.Statement)] : []),
    ...(key && keyPolicyStatement ? [line('key', key.arn, [keyPolicyStatement])] : []),
  ];
  return [
    `To account ${stream.account}, which owns the stream ${stream.arn}`,
    '',
    `Account ${reader.account} asks to read this stream by ${BY[by]}, as this ${reader.kind}:`,
    `  ${reader.arn}`,
    '',
    'It asks for these actions, and no others:',
    ...asked,
    ...(key ? ['The key is used by way of Kinesis and for this stream alone.'] : []),
    '',
    policy(`Policy of the stream ${stream.arn}`, streamPolicy),
    ...(consumer && consumerPolicy ? [policy(`Policy of the consumer ${consumer.arn}`, consumerPolicy)] : []),
    ...(key && keyPolicyStatement
      ? [policy(`A statement more in the policy of the key ${key.arn}`, keyPolicyStatement)]
      : []),
    "This command shows what would change, asks, and keeps everybody else's statements:",
    `  ${applyCommand(request)}`,
    ...(key
      ? []
      : ['If the stream is encrypted with a key of yours, it finds the key and adds the statement for it.']),
    '',
    'Afterwards the reader checks it with:',
    `  ${check}`,
    '',
  ].join('\n');
}

/** Whose leases are asked before a shard is subscribed to, where the stream alone does not say it. */
function applicationOptions(
  stream: StreamArn,
  { applicationName, tables, leaseTableRegion, streams }: ConsumerConfig,
): string[] {
  const known = streams.length === 1 && applicationName === defaultApplicationName(stream);
  return [
    ...(known ? [] : option('--application-name', applicationName)),
    ...(tables.lease === applicationName ? [] : option('--set', `tableName=${tables.lease}`)),
    ...(leaseTableRegion === stream.region ? [] : option('--lease-table-region', leaseTableRegion)),
  ];
}

function line(what: string, arn: string, statements: readonly Statement[]): string {
  return `  on the ${what} ${arn}: ${statements.flatMap(({ Action }) => listOf(Action)).join(', ')}`;
}

function policy(title: string, content: object): string {
  return `${title}:\n${JSON.stringify(content, undefined, 2)}\n`;
}

import type { StreamArn } from '../aws/arn.js';
import type { KeyArn } from '../aws/key-arn.js';
import { option, shellCommand } from '../errors/shell-command.js';
import type { PolicyPlace } from './owner-parts.js';
import type { ShareRequest } from './read-request.js';
import type { PolicyTarget } from './size.js';

/**
 * A command of this tool, to be run by the owner: `diff` shows what `apply` would change, `remove` revokes the access.
 *
 * @param request its key may be one that is still to be made
 * @param only one part of it
 */
export function policyCommand(
  name: 'diff' | 'apply' | 'remove',
  request: Omit<ShareRequest, 'key'> & { readonly key?: Pick<KeyArn, 'arn'> | undefined },
  only?: PolicyTarget,
): string {
  const { stream, reader, consumer, key, conditions = [] } = request;
  return shellCommand([
    ...['cross-account-kcl', 'policy', name, '--for', request.for],
    ...option('--stream-arn', stream.arn),
    ...option('--reader', reader.arn),
    ...option('--consumer-arn', consumer?.arn),
    ...option('--key-arn', key?.arn),
    ...(name === 'remove'
      ? []
      : conditions.flatMap(({ name, value }) => option('--condition', `${name}=${value}`))),
    ...option('--only', only),
  ]);
}

/** Sets KEY_ARN to the key that the stream is encrypted with, whatever Kinesis names it by, or to that of an alias. */
export function findKey({ arn, region }: Pick<StreamArn, 'arn' | 'region'>, alias?: string): string {
  const summary = shellCommand([
    ...['aws', 'kinesis', 'describe-stream-summary', ...option('--region', region)],
    ...[...option('--stream-arn', arn), '--query', 'StreamDescriptionSummary.KeyId', '--output', 'text'],
  ]);
  const describe = shellCommand(['aws', 'kms', 'describe-key', ...option('--region', region)]);
  const id = alias === undefined ? `--key-id "$(${summary})"` : shellCommand(option('--key-id', alias));
  return `KEY_ARN=$(${describe} ${id} --query KeyMetadata.Arn --output text)`;
}

/** Replaces the whole policy. @param policy its text, or file://… */
export function putPolicy(place: Pick<PolicyPlace, 'target' | 'arn' | 'region'>, policy: string): string {
  return `${onResource(place, 'put')} ${shellCommand(option('--policy', policy))}`;
}

type Call = 'get' | 'put' | 'delete';

/** The command without the new policy. */
export function onResource(
  { target, arn, region }: Pick<PolicyPlace, 'target' | 'arn' | 'region'>,
  call: Call,
): string {
  const query = call === 'get' ? ['--query', 'Policy', '--output', 'text'] : [];
  const at = option('--region', region);
  if (target !== 'key') {
    const of = option('--resource-arn', arn);
    return shellCommand(['aws', 'kinesis', `${call}-resource-policy`, ...at, ...of, ...query]);
  }
  const command = shellCommand(['aws', 'kms', `${call}-key-policy`, ...at, ...option('--key-id', arn)]);
  const key = arn === undefined ? ' --key-id "$KEY_ARN"' : '';
  return `${command}${key} ${shellCommand(['--policy-name', 'default', ...query])}`;
}

/** Of the key that it moves to, in commands: it does not exist yet. */
const NEW_KEY = '<ARN of the new key>';

/** The aws commands that make a key of the owner's, and move the stream to it. */
export function moveCommands({ arn, region, streamName }: StreamArn): { create: string; move: string } {
  return {
    create: shellCommand([
      ...['aws', 'kms', 'create-key', ...option('--region', region)],
      ...option('--description', `Kinesis stream ${streamName}`),
    ]),
    move: shellCommand([
      ...['aws', 'kinesis', 'start-stream-encryption', ...option('--region', region)],
      ...[...option('--stream-arn', arn), '--encryption-type', 'KMS', ...option('--key-id', NEW_KEY)],
    ]),
  };
}

/** How a stream moves from the AWS managed key, which nobody can share, to a key of its owner. */
export function stepsToOwnKey(request: ShareRequest, retentionHours: number): string[] {
  const { stream, reader } = request;
  const { create, move } = moveCommands(stream);
  return [
    `Create a key: ${create}`,
    'Allow kms:GenerateDataKey on it to the producers, and kms:Decrypt to the readers of your own account.',
    `Allow the reader to use it: ${policyCommand('apply', { ...request, key: { arn: NEW_KEY } })}`,
    `Move the stream: ${move}`,
    `Wait ${retentionHours} hours, the stream's retention period: earlier records stay encrypted with the old key until they expire, and ${reader.name} can't read them. Or start the reader after the move, with initialPositionInStreamExtended.`,
  ];
}

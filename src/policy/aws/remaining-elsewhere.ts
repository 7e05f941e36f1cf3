import { type KinesisClient, ListStreamConsumersCommand } from '@aws-sdk/client-kinesis';
import { parseConsumerArn, type StreamArn } from '../../aws/arn.js';
import { explainCall } from '../../aws/call-error.js';
import { CrossAccountKclError } from '../../errors/errors.js';
import { CONSUMER_ACTIONS } from '../actions.js';
import { policyCommand } from '../commands.js';
import { type Access, coveredActions } from '../coverage.js';
import { parsePolicy } from '../parse.js';
import { sameNameElsewhere, sameNameText } from '../principals.js';
import type { ShareRequest } from '../read-request.js';
import { remainingAccess, withoutDenied } from '../reader-access.js';
import { nameOf } from '../size.js';
import type { Statement } from '../types.js';
import { CALL_TIMEOUT_MS, resourcePolicyStore } from './policy-store.js';

/**
 * What else may let a reader read whom the policies of stream, key and the given consumer no longer name: the policies of
 * the stream's other consumers, and within the owner's account its own IAM policy. What can't be looked at is in it too.
 *
 * @returns a sentence for each, with what to do about it
 */
export async function remainingElsewhere(request: ShareRequest, kinesis: KinesisClient): Promise<string[]> {
  const { stream, reader } = request;
  const own =
    reader.account === stream.account
      ? [
          `the reader ${reader.arn} is in the stream's own account, where its IAM policy is enough to read: check that policy too`,
        ]
      : [];
  return [...own, ...(await remainingConsumers(request, kinesis))];
}

async function remainingConsumers(request: ShareRequest, kinesis: KinesisClient): Promise<string[]> {
  let consumers: string[];
  try {
    consumers = await consumersOf(request.stream, kinesis);
  } catch (error) {
    return unknown(error, 'give each consumer of the stream with --consumer-arn, if it has any');
  }
  const found: string[] = [];
  for (const arn of consumers) {
    if (arn !== request.consumer?.arn) found.push(...(await remainingOn(arn, request, kinesis)));
  }
  return found;
}

async function remainingOn(arn: string, request: ShareRequest, kinesis: KinesisClient): Promise<string[]> {
  const { stream, reader } = request;
  const consumer = parseConsumerArn(arn);
  const store = resourcePolicyStore(kinesis, stream, consumer);
  const remove = policyCommand('remove', { ...request, consumer }, 'consumer');
  try {
    const text = await store.read();
    const statements = text === undefined ? [] : parsePolicy(text, { name: nameOf(store) }).Statement;
    const access = withoutDenied(statements, { reader, actions: CONSUMER_ACTIONS, resource: arn });
    const allowed = statements.flatMap((statement) => remainingAccess(statement, access)?.actions ?? []);
    const actions = CONSUMER_ACTIONS.filter((action) => allowed.includes(action));
    return [
      ...(actions.length > 0
        ? [`${nameOf(store)} may still allow ${reader.arn} ${actions.join(', ')}: ${remove}`]
        : []),
      ...sameNames(statements, access).map(
        (name) => `${nameOf(store)} ${sameNameText(name)}, and --consumer-arn ${arn}`,
      ),
    ];
  } catch (error) {
    return unknown(error, remove);
  }
}

/** Of statements that let it subscribe. */
function sameNames(statements: readonly Statement[], access: Access): string[] {
  const names = statements
    .filter((statement) => coveredActions(statement, access).length > 0)
    .flatMap((statement) => sameNameElsewhere(statement, access.reader));
  return [...new Set(names)];
}

/** @throws AccessError */
async function consumersOf({ arn, account }: StreamArn, kinesis: KinesisClient): Promise<string[]> {
  const found: string[] = [];
  let NextToken: string | undefined;
  do {
    try {
      const command = new ListStreamConsumersCommand({ StreamARN: arn, NextToken });
      const answer = await kinesis.send(command, { abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS) });
      const lasting = answer.Consumers?.filter(({ ConsumerStatus }) => ConsumerStatus !== 'DELETING') ?? [];
      found.push(...lasting.flatMap(({ ConsumerARN }) => ConsumerARN ?? []));
      NextToken = answer.NextToken;
    } catch (error) {
      throw explainCall(error, {
        failure: `the consumers of the stream ${arn} can't be listed`,
        service: 'Kinesis',
        action: 'kinesis:ListStreamConsumers on it',
        allowedBy: `The IAM policy of the caller, in the owner's account ${account},`,
        missing: {
          reason: 'there is no such stream',
          remedy: 'Check the ARN, and the credentials of its owner.',
        },
        endpointKey: 'kinesisEndpoint (KINESIS_ENDPOINT)',
      });
    }
  } while (NextToken !== undefined);
  return found;
}

/** @throws what is not a failure of a call, or an unusable policy */
function unknown(error: unknown, remedy: string): string[] {
  if (!(error instanceof CrossAccountKclError)) throw error;
  return [`${error.message}; whether the reader may still subscribe is unknown: ${remedy}`];
}

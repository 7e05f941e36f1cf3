import { isFields } from '../iam/api-call.js';
import { checkGrammar, type GrammarOf } from '../iam/grammar.js';
import { listOf, type Policy, PolicyError, type Statement } from '../iam/types.js';
import { AwsError } from './aws-error.js';
import { parsePolicy } from './policy-text.js';
import { awsPrincipals, isValidPrincipal } from './principals.js';
import { statementPositions } from './statement-positions.js';
import type { UniqueIds } from './unique-ids.js';

/** "Policy limits" (Controlling access to Amazon Kinesis Data Streams resources using IAM). */
const KINESIS_BYTES = 20 * 1024;
/** "Kinesis Data Streams actions that can be shared", on the same page, and DescribeStream, which Lambda needs. */
const SHARED = [
  'DescribeStream',
  'DescribeStreamConsumer',
  'DescribeStreamSummary',
  'GetRecords',
  'GetShardIterator',
  'ListShards',
  'PutRecord',
  'PutRecords',
  'SubscribeToShard',
].map((action) => `kinesis:${action}`.toLowerCase());
/** PutKeyPolicy (KMS API reference), of the parameter Policy. */
const KMS_BYTES = 32_768;
const KMS_CHARACTERS = /^[\t\n\r\x20-\xff]*$/;

/**
 * What PutResourcePolicy refuses. The texts are those that were seen on AWS, as far as any is public (lab/README.md).
 *
 * @throws AwsError
 */
export function checkResourcePolicy(text: string, resourceArn: string, ids: UniqueIds): void {
  const invalid = (what: string) =>
    new AwsError('InvalidArgumentException', `Policy validation error: ${what}`);
  if (Buffer.byteLength(text) > KINESIS_BYTES) {
    throw invalid(`The policy is larger than ${KINESIS_BYTES} bytes`);
  }
  const policy = policyOf(text, invalid);
  const statements = statementsOf(policy);
  if (statements.length === 0) throw invalid('Missing required field Statement');
  for (const statement of statements) checkFields(statement, invalid);
  grammar(policy, 'resource-based', invalid);
  const positions = statementPositions(text);
  statements.forEach((statement, index) => {
    const what = wrongIn(statement as unknown as Statement, resourceArn, ids);
    if (what === undefined) return;
    throw invalid(`Resource policy contains invalid statement at ${positions[index]}: ${what}`);
  });
}

/** Each statement needs these, and Kinesis takes none of their opposites. */
function checkFields(statement: object, invalid: (what: string) => AwsError): void {
  for (const name of ['Principal', 'Action', 'Resource']) {
    if (`Not${name}` in statement) throw invalid(`Has prohibited field Not${name}`);
    if (!(name in statement)) throw invalid(`Missing required field ${name}`);
  }
}

function wrongIn(
  { Action, Resource, Principal = '*' }: Statement,
  resourceArn: string,
  ids: UniqueIds,
): string | undefined {
  const actions = listOf(Action).map((action) => action.toLowerCase());
  if (!actions.every((action) => action.startsWith('kinesis:'))) {
    return 'Action field includes AWS services that are inconsistent with specified vendor';
  }
  if (!actions.every((action) => SHARED.includes(action))) {
    return 'The resource policy cannot contain invalid actions.';
  }
  if (!listOf(Resource).every((resource) => resource === resourceArn)) {
    return "The resource policy's resource must be the same as the resource ARN.";
  }
  const kinds = Principal === '*' ? [] : Object.keys(Principal).filter((kind) => kind !== 'AWS');
  const names = awsPrincipals(Principal);
  if (kinds.length > 0 || names.includes('*')) {
    return `The resource policy cannot contain ${kinds.length > 0 ? `${kinds[0]} principals` : 'wildcard principals'}.`;
  }
  const wrong = names.find((name) => !isValidPrincipal(name, ids));
  return wrong === undefined ? undefined : `Invalid principal in policy: "AWS":"${wrong}"`;
}

/**
 * What PutKeyPolicy refuses; whether its caller is locked out is another question.
 *
 * @throws AwsError
 */
export function checkKeyPolicy(text: string, ids: UniqueIds): void {
  const violated = (what: string) =>
    new AwsError(
      'ValidationException',
      `1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must ${what}`,
    );
  if (text.length > KMS_BYTES) throw violated(`have length less than or equal to ${KMS_BYTES}`);
  if (!KMS_CHARACTERS.test(text)) {
    throw violated('satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+');
  }
  const malformed = (what: string) => new AwsError('MalformedPolicyDocumentException', what);
  const policy = policyOf(text, malformed);
  const statements = statementsOf(policy);
  if (statements.length === 0) throw malformed('The new key policy has no statements.');
  if (!statements.every((statement) => 'Principal' in statement || 'NotPrincipal' in statement)) {
    throw malformed('Policy contains a statement with no principal.');
  }
  grammar(policy, 'key', malformed);
  for (const { Principal, NotPrincipal = '*' } of statements as unknown as Statement[]) {
    const element = Principal ?? NotPrincipal;
    const services = element === '*' ? [] : listOf(element.Service);
    if (
      !awsPrincipals(element).every((name) => isValidPrincipal(name, ids)) ||
      !services.every((service) => /^[\w.-]+\.amazonaws\.com(\.cn)?$/.test(service)) ||
      (element !== '*' && element.CanonicalUser !== undefined)
    ) {
      throw malformed('Policy contains a statement with one or more invalid principals.');
    }
  }
}

/** What is no object is left to the grammar. */
const statementsOf = ({ Statement }: Policy): readonly object[] => listOf(Statement).filter(isFields);

function policyOf(text: string, refusal: (what: string) => AwsError): Policy {
  return orRefused(() => parsePolicy(text, 'the policy'), refusal);
}

function grammar(policy: Policy, of: GrammarOf, refusal: (what: string) => AwsError): void {
  orRefused(() => checkGrammar(policy, of, 'the policy'), refusal);
}

function orRefused<T>(check: () => T, refusal: (what: string) => AwsError): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof PolicyError) throw refusal(error.message);
    throw error;
  }
}

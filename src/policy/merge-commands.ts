import type { ConsumerArn, StreamArn } from '../aws/arn.js';
import type { KeyArn } from '../aws/key-arn.js';
import type { ReaderArn } from '../aws/reader-arn.js';
import { option, shellCommand } from '../errors/shell-command.js';
import { accountPrincipals, GONE } from './principals.js';
import type { PolicyTarget } from './size.js';
import { listOf, type Statement } from './types.js';

/** A policy that a statement is added to, or taken out of, with the aws CLI and jq. */
export interface PolicyPlace {
  readonly target: PolicyTarget;
  /** Undefined for a key that the commands must find out. */
  readonly arn: string | undefined;
  readonly region: string;
  /** Of the files: letters, digits and `_.-` only. */
  readonly name: string;
}

export const placeOfStream = ({ arn, region, streamName }: StreamArn): PolicyPlace => ({
  target: 'stream',
  arn,
  region,
  name: `stream-${streamName}`,
});

export const placeOfConsumer = ({ arn, consumerName }: ConsumerArn, { region }: StreamArn): PolicyPlace => ({
  target: 'consumer',
  arn,
  region,
  name: `consumer-${consumerName}`,
});

/** @param key undefined for the one that the stream is encrypted with, which the commands find out */
export const placeOfKey = (key: KeyArn | undefined, { region, streamName }: StreamArn): PolicyPlace => ({
  target: 'key',
  arn: key?.arn,
  region: key?.region ?? region,
  name: key ? `key-${key.keyId}` : `key-of-stream-${streamName}`,
});

const PROGRAM = 'one-reader.jq';

/**
 * `own` is what isEarlier of merge.ts takes for the reader's own statement, and the rest does what mergeStatement does: the
 * first of them is replaced where it is, and a condition that the owner has added to it, such as an expiry, stays.
 */
const LINES = [
  'def list: [.Statement // [] | if type == "array" then .[] else . end];',
  'def own: .Effect == "Allow" and (.Sid // "" | startswith($sid) and (.[$sid | length:] | test("^[0-9]*$")))',
  '  and (.Principal | type == "object" and keys == ["AWS"]) and ([.Principal.AWS] | flatten',
  `  | length == 1 and (.[0] == $reader or (.[0] | test("${GONE.source}"))));`,
  'def free: map(.Sid) as $taken | first($sid + ("", (range(2; 9999) | tostring)) | select([.] - $taken | length > 0));',
  'def lower: with_entries(.key |= ascii_downcase);',
  'def kept($ours): with_entries(.key as $is | .value |= with_entries(select(.key as $key | ($ours[$is] // {} | lower | has($key | ascii_downcase)) | not)));',
  'def narrowed($by): .Condition = ((.Condition // {}) as $ours | ($by // {} | kept($ours)) * $ours) | if .Condition == {} then del(.Condition) else . end;',
  '(if test("^\\\\s*(None|null|\\\\{\\\\s*\\\\})?\\\\s*$") then {Version: "2012-10-17"} else fromjson end)',
  '| list as $all | ($all | map(own) | index(true)) as $at | .Statement = (',
  '  if $new == [] then $all | map(select(own | not))',
  '  elif $at then [$all | to_entries[] | select(.key <= $at or (.value | own | not)).value] | .[$at] |= (. as $old | $new[0] | .Sid = $old.Sid | narrowed($old.Condition))',
  '  else $all + ($new | map(.Sid = ($all | free))) end)',
];

/**
 * Writes the jq program that the commands below use: it reads a policy as text, empty or `{}` where there is none, and
 * puts the reader's statement into it, at its end and once, or takes it out.
 */
export function mergeProgram(): string[] {
  return file(PROGRAM, LINES.join('\n'));
}

/**
 * The commands that add the statement to the policy in force. All other statements stay; running them twice is running
 * them once. They stop at the first that fails.
 */
export function addCommands(place: PolicyPlace, statement: Statement): string[] {
  const { name } = place;
  return [
    ...file(`statement-${name}.json`, JSON.stringify(statement, undefined, 2)),
    ...(place.arn === undefined ? ['test -n "$KEY_ARN" &&'] : []),
    `${readPolicy(place, `policy-${name}.json`)} &&`,
    `${save(name)} && ${jq(statement, ['--slurpfile', 'new', `statement-${name}.json`, `policy-${name}.json`])} > new-policy-${name}.json &&`,
    putPolicy(place, `file://new-policy-${name}.json`),
  ];
}

/**
 * The commands that take the reader's own statement out of the policy in force, and delete a policy of which nothing is left.
 * `remainingCommand` says what of the reader's access they leave.
 */
export function removeCommands(place: PolicyPlace, statement: Statement): string[] {
  const { name, target } = place;
  const put = putPolicy(place, `file://new-policy-${name}.json`);
  const lines = [
    ...(place.arn === undefined ? ['test -n "$KEY_ARN" &&'] : []),
    `${onResource(place, 'get')} > policy-${name}.json &&`,
    `${save(name)} && ${jq(statement, ['--argjson', 'new', '[]', `policy-${name}.json`])} > new-policy-${name}.json &&`,
  ];
  // A key must have a statement.
  if (target === 'key') return [...lines, put];
  const left = shellCommand(['jq', '-e', '.Statement == []', `new-policy-${name}.json`]);
  return [...lines, `if ${left} > /dev/null; then ${onResource(place, 'delete')}; else ${put}; fi`];
}

const REMAINING = [
  '[.[].Statement[]? | select(.Effect == "Allow" and (has("NotPrincipal") or ([.Principal | if type == "object" then .AWS else . end]',
  '| flatten | any(strings | IN($named[]) or startswith($session)))))] | if . == [] then "Nothing is left that names \\($reader)."',
  'else .[], error("these statements may still let it read") end',
].join(' ');

/**
 * The command that prints, once the others have run, the statements that may still let the reader read: by its ARN, by a
 * session of it, by its account, or by everybody. It ends with an error if there are any, or if one of the others failed.
 */
export function remainingCommand(places: readonly PolicyPlace[], reader: ReaderArn): string {
  const { arn, partition, account, name } = reader;
  const named = JSON.stringify([arn, '*', ...accountPrincipals(reader)]);
  return shellCommand([
    ...['jq', '-crs', '--arg', 'reader', arn, '--argjson', 'named', named],
    ...['--arg', 'session', `arn:${partition}:sts::${account}:assumed-role/${name}/`],
    ...[REMAINING, ...places.map((place) => `new-policy-${place.name}.json`)],
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

/** Keeps the policy as it was under a name of its own: no later run may overwrite it. */
function save(name: string): string {
  return `cp policy-${name}.json policy-${name}-$(date +%s)-$RANDOM.json`;
}

/** Kinesis says "not found" where a stream has no policy; any other failure must not be taken for that. */
function readPolicy(place: PolicyPlace, to: string): string {
  const get = `${onResource(place, 'get')} > ${to}`;
  if (place.target === 'key') return get;
  return `${get} 2> aws-error.txt || grep -q ResourceNotFoundException aws-error.txt || (cat aws-error.txt >&2; false)`;
}

function jq({ Sid = '', Principal }: Statement, rest: readonly string[]): string {
  const [reader = ''] = Principal === undefined || Principal === '*' ? [] : listOf(Principal.AWS);
  return shellCommand([
    ...['jq', '-cRs', '-f', PROGRAM, '--arg', 'sid', Sid, '--arg', 'reader', reader],
    ...rest,
  ]);
}

/** A shell that keeps a history replaces a `!` even here; JSON and jq know it by its number as well. */
function file(name: string, text: string): string[] {
  return [`cat > ${name} <<'END'`, text.replaceAll('!', '\\u0021'), 'END'];
}

import type { ReaderArn } from '../aws/reader-arn.js';
import { option, shellCommand } from '../errors/shell-command.js';
import { onResource, putPolicy } from './commands.js';
import type { ReadGrants } from './grants.js';
import { ownerParts, type PolicyPlace } from './owner-parts.js';
import { accountPrincipals, awsPrincipals, GONE } from './principals.js';
import type { ReadRequest } from './read-request.js';
import { readerPolicyName } from './sids.js';
import { policyText } from './size.js';
import type { PolicyDocument, Statement } from './types.js';

const PROGRAM = 'one-reader.jq';

/**
 * `own` is isEarlier of merge.ts, and the rest does what mergeStatement does: the
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
 * adds the reader's statement once, at the end, or removes it.
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
 * The commands that remove the reader's own statement from the policy in force, and delete a policy without statements.
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
  const [reader = ''] = awsPrincipals(Principal);
  return shellCommand([
    ...['jq', '-cRs', '-f', PROGRAM, '--arg', 'sid', Sid, '--arg', 'reader', reader],
    ...rest,
  ]);
}

/** A shell that keeps a history replaces a `!` even here; JSON and jq know it by its number as well. */
function file(name: string, text: string): string[] {
  return [`cat > ${name} <<'END'`, text.replaceAll('!', '\\u0021'), 'END'];
}

/** The aws commands that put the policies in force, as a shell script with remarks. It needs jq. */
export function awsCommands(request: ReadRequest, grants: Partial<ReadGrants>): string {
  const { readerPolicy } = grants;
  const parts = ownerParts(request, grants);
  // Neither backticks nor apostrophes: an interactive zsh runs a comment as a command.
  return [
    ...(parts.length > 0
      ? ['# Adds one statement to a policy and keeps all others.', ...mergeProgram(), '']
      : []),
    ...parts.flatMap(({ account, place, statement }) => [
      `# In account ${account}: adds a statement to the policy of the ${place.target}, and saves a copy of the policy first.`,
      ...addCommands(place, statement),
      '',
    ]),
    ...(readerPolicy ? attach(request, readerPolicy) : []),
  ].join('\n');
}

/** As a managed policy: the inline policies of a user may have 2,048 characters together, which is too few. */
function attach(request: ReadRequest, policy: PolicyDocument): string[] {
  const { reader } = request;
  const name = readerPolicyName(request);
  const arn = `arn:${reader.partition}:iam::${reader.account}:policy/${name}`;
  const { kind } = reader;
  return [
    `# In account ${reader.account}, of the reader.`,
    shellCommand([
      ...['aws', 'iam', 'create-policy', ...option('--policy-name', name)],
      ...option('--policy-document', policyText(policy)),
    ]),
    shellCommand([
      ...['aws', 'iam', `attach-${kind}-policy`, ...option(`--${kind}-name`, reader.name)],
      ...option('--policy-arn', arn),
    ]),
    '',
  ];
}

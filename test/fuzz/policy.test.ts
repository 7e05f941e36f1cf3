import { parseReaderArn } from '../../src/aws/reader-arn.js';
import { PolicyError } from '../../src/errors/errors.js';
import { changesOfMerge, mergeStatement, removeStatement } from '../../src/policy/merge.js';
import { type PolicyKind, parsePolicy } from '../../src/policy/parse.js';
import { checkSize, policySize, policyText, SIZE_LIMITS } from '../../src/policy/size.js';
import type { PolicyDocument } from '../../src/policy/types.js';
import { readerStatement } from '../policy/helpers/arbitraries.js';
import { CONSUMER, KEY, STREAM } from '../policy/helpers/requests.js';
import { fuzz } from './helpers/fuzz.js';
import { mutate } from './helpers/mutate.js';
import type { Random } from './helpers/random.js';

const TARGETS = ['stream', 'consumer', 'key'] as const;
type Target = (typeof TARGETS)[number];
const READERS = ['role/reader', 'role/Reader', 'role/teams/data/rea-der', 'user/rea.der', 'role/other'].map(
  (name) => parseReaderArn(`arn:aws:iam::222222222222:${name}`),
);
/** What the tool may put in, made once. */
const OURS = READERS.map((reader) => ({
  reader: reader.arn,
  stream: readerStatement(reader, 'stream'),
  consumer: readerStatement(reader, 'consumer'),
  key: readerStatement(reader, 'key'),
}));

const PRINCIPALS = [
  '*',
  { AWS: '*' },
  { AWS: '222222222222' },
  { AWS: ['arn:aws:iam::222222222222:role/reader', 'arn:aws:iam::333333333333:root'] },
  { AWS: 'arn:aws:iam::222222222222:role/reader' },
  { AWS: ['arn:aws:iam::222222222222:role/reader'], Service: 'firehose.amazonaws.com' },
  { AWS: 'AROAEXAMPLE1234567890' },
  { Service: ['lambda.amazonaws.com'] },
  { __proto__: null, AWS: [] },
  {},
] as const;
const ACTIONS = [
  'kinesis:*',
  'kinesis:GetRecords',
  ['kinesis:getrecords', 'Kinesis:GetShardIterator'],
  ['kms:Decrypt'],
  'kms:Decrypt',
  '*',
  [],
  7,
] as const;
/** As text, because some can't be written as values. */
const ODD_VALUES = [
  'null',
  '1e400',
  '-0',
  '9007199254740993',
  '0.1',
  '"pé漢\\u2028\\ud800"',
  '{"__proto__":{"a":1}}',
  '{"a":1,"a":2}',
  '[[[[[]]]]]',
  'true',
] as const;

function policyOf(random: Random): string {
  const statements = random.list(5, (index) => {
    if (random.onceIn(3)) {
      const ours = random.pick(OURS)[random.pick(TARGETS)];
      return JSON.stringify(ours);
    }
    const fields = [
      `"Effect":"${random.pick(['Allow', 'Allow', 'Allow', 'Deny'])}"`,
      `"${random.onceIn(8) ? 'NotPrincipal' : 'Principal'}":${JSON.stringify(random.pick(PRINCIPALS))}`,
      `"${random.onceIn(8) ? 'NotAction' : 'Action'}":${JSON.stringify(random.pick(ACTIONS))}`,
    ];
    if (random.onceIn(2)) fields.push(`"Sid":"${random.pick(['', 'Producer', 'pé', `S${index}`])}"`);
    if (random.onceIn(2))
      fields.push(`"Resource":${JSON.stringify(random.pick(['*', STREAM.arn, CONSUMER.arn, KEY.arn]))}`);
    if (random.onceIn(4)) fields.push(`"Condition":{"StringEquals":{"aws:x":${random.pick(ODD_VALUES)}}}`);
    if (random.onceIn(10))
      fields.push(`"${random.pick(['Extra', '__proto__', 'constructor'])}":${random.pick(ODD_VALUES)}`);
    return `{${fields.join(',')}}`;
  });
  const list = statements.length === 1 && random.onceIn(2) ? statements[0] : `[${statements.join(',')}]`;
  const head = random.onceIn(3) ? '"Version":"2008-10-17","Id":"x",' : '"Version":"2012-10-17",';
  const tail = random.onceIn(12) ? `,"Extra":${random.pick(ODD_VALUES)}` : '';
  return `{${head}"Statement":${list}${tail}}`;
}

/** The policy, or undefined if it is refused; any other error than PolicyError falls through. */
function parsed(text: string, kind: PolicyKind): PolicyDocument | undefined {
  try {
    return parsePolicy(text, { kind });
  } catch (error) {
    if (error instanceof PolicyError && error.message.length < 1_000) return undefined;
    throw error;
  }
}

function hold(what: string, holds: boolean, ...policies: unknown[]): void {
  if (!holds) throw new Error(`${what}: ${policies.map((policy) => JSON.stringify(policy)).join('\n')}`);
}

/** Everything that is promised of a policy that was taken, for one reader. */
function check(before: PolicyDocument, kind: PolicyKind, random: Random): string {
  const to: Target = random.pick(TARGETS);
  const { reader, ...ours } = random.pick(OURS);
  const added = ours[to];
  const text = policyText(before);
  hold('what is written is what was read', policyText(parsePolicy(text, { kind })) === text, before);

  const once = mergeStatement(before, added);
  const again = mergeStatement(once, added);
  hold('a second merge changes nothing', again === once, before, once, again);
  hold(
    'nor after it was written and read',
    policyText(mergeStatement(parsePolicy(policyText(once), { kind }), added)) === policyText(once),
    once,
  );
  hold('the policy that was given stays', policyText(before) === text, before);
  const changes = changesOfMerge(before, added).filter(({ change }) => change !== 'unchanged');
  hold('one statement is added or changed at most', changes.length <= 1, before, once);
  const old = new Set(before.Statement);
  const fresh = once.Statement.filter((statement) => !old.has(statement));
  hold(
    'no other statement is touched',
    fresh.length <= 1 && once.Statement.length - fresh.length >= before.Statement.length - 1,
    before,
    once,
  );
  const [replaced, ...others] = before.Statement.filter((statement) => !once.Statement.includes(statement));
  hold(
    "what is replaced is the reader's own",
    others.length === 0 && (replaced === undefined || replaced.Sid?.startsWith(added.Sid ?? '?') === true),
    before,
    once,
  );

  const without = removeStatement(once, added);
  hold('a second removal changes nothing', removeStatement(without, added) === without, without);
  const kept = without?.Statement ?? [];
  for (const statement of before.Statement) {
    const mentions =
      JSON.stringify(statement).includes(reader) || statement.Sid?.startsWith(added.Sid ?? '?');
    hold(
      'a statement without the reader stays',
      mentions === true || kept.includes(statement),
      once,
      without,
    );
    hold('a denial stays', statement.Effect === 'Allow' || kept.includes(statement), once, without);
  }

  let refused = false;
  try {
    checkSize(once, to, 'it');
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    refused = true;
  }
  hold('the size is held', refused === policySize(once) > SIZE_LIMITS[to], once);
  if (refused) return 'too large';
  return `merged: ${changes[0]?.change ?? 'unchanged'}`;
}

function endOf(text: string, random: Random): string {
  const kind = random.pick(['resource', 'key'] as const);
  const policy = parsed(text, kind);
  return policy === undefined ? 'refused' : check(policy, kind, random);
}

fuzz('policy: a policy ends in a merge as promised or in PolicyError', (random) =>
  endOf(policyOf(random), random),
);

fuzz('policy: a mutated policy does too', (random) =>
  endOf(mutate(Buffer.from(policyOf(random)), random, 2).toString(), random),
);

fuzz('policy: large and deep ones do too', (random) => {
  const depth = random.onceIn(200) ? random.below(15_000) : random.below(50);
  const deep = `${'['.repeat(depth)}${']'.repeat(depth)}`;
  const filler = `"Extra":"${'é'.repeat(random.below(20_000))}"`;
  const text = policyOf(random);
  return endOf(
    random.onceIn(2)
      ? text.replace('"Statement"', `${filler},"Statement"`)
      : text.replace('"Statement"', `"Extra":${deep},"Statement"`),
    random,
  );
});

import { execFileSync } from 'node:child_process';
import { grantByOwner } from '../../src/policy/grants.js';
import { isEarlier, mergeStatement } from '../../src/policy/merge.js';
import { mergeProgram } from '../../src/policy/merge-commands.js';
import type { PolicyDocument, Statement } from '../../src/policy/types.js';
import { describeWithJq } from '../helpers/aws-cli.js';
import { KCL, KEY, OTHER, READER } from './helpers/requests.js';

const CASES = 600;
const grants = grantByOwner({ ...KCL, key: KEY });
const OURS = [grants.streamPolicy.Statement[0], grants.keyPolicyStatement] as Statement[];

/** The same numbers at every run: the minimal standard generator. */
function numbers(seed: number): <T>(from: readonly T[]) => T {
  let state = seed;
  return (from) => {
    state = (state * 48271) % 2147483647;
    return from[state % from.length] as (typeof from)[number];
  };
}
const pick = numbers(18);

/** A statement that is the reader's own, or differs from it in one or more of what makes it so. */
function statement(ours: Statement): Statement {
  const sid = ours.Sid ?? '';
  const Condition = pick([
    ours.Condition,
    ours.Condition,
    undefined,
    { ...ours.Condition, DateLessThan: { 'aws:CurrentTime': '2030-01-01T00:00:00Z' } },
    { StringEquals: { ...ours.Condition?.StringEquals, 'aws:PrincipalOrgID': 'o-1234567890' } },
  ]);
  return {
    Sid: pick([sid, sid, sid, `${sid}2`, `${sid}3`, `${sid}Others`, `${sid}2b`, 'Other', '', undefined]),
    Effect: pick(['Allow', 'Allow', 'Allow', 'Deny']),
    Principal: pick<Statement['Principal']>([
      { AWS: READER.arn },
      { AWS: READER.arn },
      { AWS: [READER.arn] },
      { AWS: [READER.arn, OTHER.arn] },
      { AWS: READER.arn, Service: 'lambda.amazonaws.com' },
      ...[
        { AWS: OTHER.arn },
        { AWS: 'AROAEXAMPLE1234567890' },
        { AWS: 'ANPAEXAMPLE1234567890' },
        '*' as const,
      ],
      { AWS: 'AROA123' },
    ]),
    Action: pick([ours.Action, 'kinesis:GetRecords']),
    Resource: ours.Resource,
    ...(Condition && { Condition }),
  } as Statement;
}

interface Case {
  readonly before: PolicyDocument;
  readonly ours: Statement;
}

function cases(): Case[] {
  return Array.from({ length: CASES }, () => {
    const ours = pick(OURS);
    const Statement = Array.from({ length: pick([0, 1, 2, 3, 4, 5]) }, () => statement(ours));
    return JSON.parse(JSON.stringify({ before: { Version: '2012-10-17', Statement }, ours }));
  });
}

/** All at once: jq takes longer to start than to run. */
function jq(all: readonly Case[], what: 'add' | 'remove'): PolicyDocument[] {
  const program = mergeProgram().slice(1, -1).join('\n');
  const input = all.map(({ before, ours }) => ({
    text: JSON.stringify(before),
    sid: ours.Sid,
    added: what === 'add' ? [ours] : [],
  }));
  const each = `def one($sid; $reader; $new): ${program};
    map(. as $case | .text | one($case.sid; ${JSON.stringify(READER.arn)}; $case.added))`;
  return JSON.parse(execFileSync('jq', ['-c', each], { input: JSON.stringify(input), encoding: 'utf8' }));
}

/** What is the same already stays as it is there, where jq writes it anew: one value as a list, or by itself. */
function plain(policy: PolicyDocument): unknown {
  return JSON.parse(JSON.stringify(policy).replaceAll(/\[("[^"]*")\]/g, '$1'));
}

describeWithJq('the jq program, over many policies (with jq)', () => {
  const all = cases();

  test('adds what `policy apply` adds, at the same place', () => {
    const added = jq(all, 'add');

    expect(added.map(plain)).toEqual(all.map(({ before, ours }) => plain(mergeStatement(before, ours))));
    const replaced = all.filter(({ before, ours }) => before.Statement.some((one) => isEarlier(one, ours)));
    expect(replaced.length).toBeGreaterThan(CASES / 10);
  });

  test("takes out the reader's own statements, and no other", () => {
    expect(jq(all, 'remove')).toEqual(
      all.map(({ before, ours }) => ({
        ...before,
        Statement: before.Statement.filter((one) => !isEarlier(one, ours)),
      })),
    );
  });

  test('replaces a condition on the same key in other letters', () => {
    const [ours] = OURS;
    const with2027 = { ...ours, Condition: { DateLessThan: { 'aws:CurrentTime': '2027-01-01T00:00:00Z' } } };
    const before = {
      Version: '2012-10-17',
      Statement: [{ ...ours, Condition: { DateLessThan: { 'aws:currentTime': '2030-01-01T00:00:00Z' } } }],
    } as PolicyDocument;

    expect(jq([{ before, ours: with2027 as Statement }], 'add')[0]?.Statement).toEqual([with2027]);
  });
});

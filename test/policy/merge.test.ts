import { mergeStatement, removeStatement } from '../../src/policy/merge.js';
import type { PolicyDocument, Statement } from '../../src/policy/types.js';
import { readerStatement } from './helpers/arbitraries.js';
import { OTHER, READER, STREAM } from './helpers/requests.js';

const OURS = readerStatement(READER, 'stream');
const KEY_STATEMENT = readerStatement(READER, 'key');
const policyOf = (...Statement: Statement[]): PolicyDocument => ({ Version: '2012-10-17', Statement });
/** As the console writes it: several principals in one statement. */
const byConsole = (AWS: string | string[], Action: string | string[] = 'kinesis:GetRecords'): Statement => ({
  Effect: 'Allow',
  Principal: { AWS },
  Action,
  Resource: STREAM.arn,
});

describe('apply', () => {
  test('makes a policy where there is none', () => {
    expect(mergeStatement(undefined, OURS)).toEqual(policyOf(OURS));
  });

  test("replaces an earlier statement of the reader's at its place", () => {
    const before = policyOf(
      byConsole(OTHER.arn),
      { ...OURS, Action: ['kinesis:GetRecords'] },
      byConsole('*'),
    );

    expect(mergeStatement(before, OURS)).toEqual(policyOf(byConsole(OTHER.arn), OURS, byConsole('*')));
  });

  test('changes nothing where AWS has written the same in another way', () => {
    const before = policyOf({
      ...OURS,
      Principal: { AWS: [READER.arn] },
      Action: ['Kinesis:getrecords', ...(OURS.Action as string[]).slice(0, -1).reverse()],
    });

    expect(mergeStatement(before, OURS)).toBe(before);
  });

  test('leaves a statement with its Sid alone when somebody has added a principal, and takes another Sid', () => {
    const extended = { ...OURS, Principal: { AWS: [READER.arn, OTHER.arn] } };

    const after = mergeStatement(policyOf(extended), OURS);

    expect(after).toEqual(policyOf(extended, { ...OURS, Sid: `${OURS.Sid}2` }));
    expect(mergeStatement(after, OURS)).toBe(after);
  });

  test('puts the reader in the place of its id, which AWS shows when the role was deleted and made again', () => {
    const gone = { ...OURS, Principal: { AWS: 'AROAEXAMPLE1234567890' } };

    expect(mergeStatement(policyOf(gone, byConsole('*')), OURS)).toEqual(policyOf(OURS, byConsole('*')));
    expect(removeStatement(policyOf(gone, byConsole('*')), OURS)).toEqual(policyOf(byConsole('*')));
  });

  test.each<[string, Partial<Statement>]>([
    ['denies', { Effect: 'Deny' }],
    ['is for a service too', { Principal: { AWS: READER.arn, Service: 'lambda.amazonaws.com' } }],
    ['is for somebody else', { Principal: { AWS: OTHER.arn } }],
  ])('leaves a statement alone that has its Sid and %s', (_what, rest) => {
    const theirs = { ...OURS, ...rest };

    expect(mergeStatement(policyOf(theirs), OURS)).toEqual(
      policyOf(theirs, { ...OURS, Sid: `${OURS.Sid}2` }),
    );
  });

  test('takes the next number when that Sid is taken too', () => {
    const others = [byConsole('1'), byConsole('2')].map((statement, index) => ({
      ...statement,
      Sid: `${OURS.Sid}${index === 0 ? '' : 2}`,
    }));

    expect(mergeStatement(policyOf(...others), OURS).Statement[2]?.Sid).toBe(`${OURS.Sid}3`);
  });
});

describe('remove', () => {
  test('leaves nothing where there was nothing else', () => {
    expect(removeStatement(policyOf(OURS), OURS)).toBeUndefined();
    expect(removeStatement(undefined, OURS)).toBeUndefined();
  });

  test('finds its statement whatever it was changed to, and under a numbered Sid', () => {
    const before = policyOf(byConsole(OTHER.arn), {
      ...OURS,
      Sid: `${OURS.Sid}2`,
      Action: 'kinesis:ListShards',
    });

    expect(removeStatement(before, OURS)).toEqual(policyOf(byConsole(OTHER.arn)));
  });

  test('takes just this reader out of a statement that names several', () => {
    expect(removeStatement(policyOf(byConsole([OTHER.arn, READER.arn])), OURS)).toEqual(
      policyOf(byConsole([OTHER.arn])),
    );
  });

  test('leaves the other kinds of principals of such a statement', () => {
    const Principal = { AWS: READER.arn, Service: 'lambda.amazonaws.com' };

    expect(removeStatement(policyOf({ ...byConsole('x'), Principal }), OURS)).toEqual(
      policyOf({ ...byConsole('x'), Principal: { Service: 'lambda.amazonaws.com' } }),
    );
  });

  test("takes out a statement of somebody else's that lets the reader read and nothing else", () => {
    expect(removeStatement(policyOf(byConsole(READER.arn), byConsole(OTHER.arn)), OURS)).toEqual(
      policyOf(byConsole(OTHER.arn)),
    );
  });

  test.each<[string, Statement]>([
    ['grants more than reading', byConsole(READER.arn, ['kinesis:GetRecords', 'kinesis:PutRecord'])],
    ['grants by a wildcard', byConsole(READER.arn, 'kinesis:*')],
    ['denies', { ...byConsole(READER.arn), Effect: 'Deny' }],
    ['denies under its Sid', { ...OURS, Effect: 'Deny' }],
    ['has NotAction', { Effect: 'Allow', Principal: { AWS: READER.arn }, NotAction: 'kinesis:PutRecord' }],
    [
      'has NotPrincipal',
      { Effect: 'Allow', NotPrincipal: { AWS: READER.arn }, Action: 'kinesis:GetRecords' },
    ],
    [
      'has NotResource',
      { Effect: 'Allow', Principal: { AWS: READER.arn }, Action: 'kinesis:GetRecords', NotResource: 'x' },
    ],
    ['allows the whole account', byConsole(READER.account)],
    ['allows everyone', byConsole('*')],
  ])('leaves alone what %s', (_what, statement) => {
    const before = policyOf(statement);

    expect(removeStatement(before, OURS)).toBe(before);
  });

  test("of a key's policy leaves a Decrypt that is not for this stream", () => {
    const before = policyOf(
      {
        ...KEY_STATEMENT,
        Sid: 'A',
        Condition: { StringEquals: { 'kms:ViaService': 's3.eu-west-1.amazonaws.com' } },
      },
      byConsole(READER.arn, 'kms:Decrypt'),
    );

    expect(removeStatement(before, KEY_STATEMENT)).toBe(before);
    expect(removeStatement(policyOf({ ...KEY_STATEMENT, Sid: 'A' }), KEY_STATEMENT)).toBeUndefined();
  });
});

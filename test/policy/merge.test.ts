import { parseReaderArn } from '../../src/aws/reader-arn.js';
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

  describe('takes out the sessions of the role', () => {
    const SESSION = 'arn:aws:sts::222222222222:assumed-role/orders-reader/lab';

    test('that stand in a statement for reading', () => {
      expect(removeStatement(policyOf(byConsole(SESSION)), OURS)).toBeUndefined();
      expect(
        removeStatement(policyOf(byConsole([SESSION, OTHER.arn, READER.arn, `${SESSION}2`])), OURS),
      ).toEqual(policyOf(byConsole([OTHER.arn])));
    });

    test('also of a role with a path, which a session does not show', () => {
      const reader = parseReaderArn('arn:aws:iam::222222222222:role/teams/data/orders-reader');

      expect(
        removeStatement(policyOf(byConsole(SESSION)), readerStatement(reader, 'stream')),
      ).toBeUndefined();
    });

    test.each([
      ['of another role', 'arn:aws:sts::222222222222:assumed-role/orders-reader2/lab'],
      ['of another account', 'arn:aws:sts::333333333333:assumed-role/orders-reader/lab'],
      ['of another partition', 'arn:aws-cn:sts::222222222222:assumed-role/orders-reader/lab'],
    ])('but none %s', (_what, session) => {
      const before = policyOf(byConsole(session));

      expect(removeStatement(before, OURS)).toBe(before);
    });

    test('but none where the reader is a user of that name', () => {
      const user = parseReaderArn('arn:aws:iam::222222222222:user/orders-reader');
      const before = policyOf(byConsole(SESSION));

      expect(removeStatement(before, readerStatement(user, 'stream'))).toBe(before);
    });
  });

  describe('of a statement that a condition on aws:PrincipalArn narrows', () => {
    const narrowed = (who: string, operator: string, values: string | string[]): Statement => ({
      ...byConsole(who),
      Condition: { [operator]: { 'aws:PrincipalArn': values } },
    });

    test.each([
      ['*', 'ArnEquals'],
      [READER.account, 'StringEquals'],
      ['*', 'ArnLike'],
    ])('to the reader alone, for %s by %s, leaves nothing', (who, operator) => {
      expect(removeStatement(policyOf(narrowed(who, operator, READER.arn)), OURS)).toBeUndefined();
    });

    test('to several takes out the reader', () => {
      expect(removeStatement(policyOf(narrowed('*', 'ArnEquals', [OTHER.arn, READER.arn])), OURS)).toEqual(
        policyOf(narrowed('*', 'ArnEquals', [OTHER.arn])),
      );
    });

    test.each([
      ['by a pattern', 'ArnLike', 'arn:aws:iam::222222222222:role/*'],
      ['to all but the reader', 'ArnNotEquals', READER.arn],
      ['only where there is an ARN', 'ArnEqualsIfExists', READER.arn],
    ])('%s leaves it alone', (_what, operator, value) => {
      const before = policyOf(narrowed('*', operator, value));

      expect(removeStatement(before, OURS)).toBe(before);
    });
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
    const Condition = {
      StringEquals: { 'kms:EncryptionContext:aws:kinesis:arn': [STREAM.arn, `${STREAM.arn}2`] },
    };
    const several = policyOf({ ...KEY_STATEMENT, Sid: 'A', Condition });
    expect(removeStatement(several, KEY_STATEMENT)).toBe(several);
    expect(removeStatement(policyOf({ ...KEY_STATEMENT, Sid: 'A' }), KEY_STATEMENT)).toBeUndefined();
  });

  test("of a key's policy takes out a Decrypt that is for this stream and narrower than ours", () => {
    const context = { 'kms:EncryptionContext:aws:kinesis:arn': STREAM.arn };
    for (const Condition of [
      { StringEquals: context },
      { StringEquals: { ...context, 'aws:PrincipalOrgID': 'o-1' } },
      { stringequals: context, DateLessThan: { 'aws:CurrentTime': '2027-01-01T00:00:00Z' } },
    ]) {
      expect(
        removeStatement(policyOf({ ...KEY_STATEMENT, Sid: 'A', Condition }), KEY_STATEMENT),
      ).toBeUndefined();
    }
  });
});

test('a second statement of the reader would undo what narrows the first: it goes', () => {
  const Condition = { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } };
  const first = { ...OURS, Condition };
  const policy = policyOf(byConsole(OTHER.arn), first, { ...OURS, Sid: `${OURS.Sid}2` }, byConsole('*'));

  expect(mergeStatement(policy, OURS)).toEqual(policyOf(byConsole(OTHER.arn), first, byConsole('*')));
  // What somebody else was added to is theirs too.
  const theirs = { ...OURS, Sid: `${OURS.Sid}2`, Principal: { AWS: [READER.arn, OTHER.arn] } };
  expect(mergeStatement(policyOf(OURS, theirs), OURS)).toEqual(policyOf(OURS, theirs));
});

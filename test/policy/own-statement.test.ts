import { type CautionOptions, cautionsOf } from '../../src/policy/cautions.js';
import { grantByOwner } from '../../src/policy/grants.js';
import type { Statement } from '../../src/policy/types.js';
import { KEY, LAMBDA, READER, STREAM } from './helpers/requests.js';

const AROUND: CautionOptions = {
  reader: READER,
  actions: ['kinesis:GetRecords', 'kinesis:ListShards'],
  resource: STREAM.arn,
  owner: '111111111111',
};

describe("the reader's own statement", () => {
  const { streamPolicy } = grantByOwner(LAMBDA);
  const [expected] = streamPolicy.Statement;
  const about = (Condition: Statement['Condition'], removal = false) =>
    cautionsOf(
      { Statement: [{ ...expected, ...(Condition && { Condition }) }] },
      { ...AROUND, expected, removal },
      new Date('2027-01-31T00:00:00Z'),
    ).map(({ code, rank, message }) => [code, rank, message]);

  test('keeps what others have added, which is said', () => {
    expect(about(undefined)).toEqual([]);
    expect(
      about({
        StringEquals: { 'aws:PrincipalOrgID': 'o-1' },
        DateLessThan: { 'aws:CurrentTime': '2027-02-01T00:00:00Z' },
      }),
    ).toEqual([
      [
        'condition-kept',
        'note',
        'keeps aws:PrincipalOrgID StringEquals o-1 and aws:CurrentTime DateLessThan 2027-02-01T00:00:00Z, beyond what is asked for: it allows the reader only while that holds',
      ],
    ]);
  });

  test.each(['DateLessThan', 'DateLessThanEquals'])(
    'that has expired keeps the reader from reading (%s)',
    (operator) => {
      expect(about({ [operator]: { 'aws:currenttime': '2027-01-01T00:00:00Z' } })[0]).toEqual([
        'expired',
        'access',
        `expired on 2027-01-01T00:00:00Z: ${READER.arn} has no access through it; policy apply with --condition expires=<date and time> renews it`,
      ]);
    },
  );

  test.each<[string, NonNullable<Statement['Condition']>]>([
    ['expired', { NumericLessThan: { 'aws:EpochTime': '1700000000' } }],
    ['expired', { DateLessThan: { 'AWS:epochtime': '1700000000' } }],
    ['expired', { DateLessThan: { 'aws:CurrentTime': '1700000000' } }],
    ['expired', { DateLessThanEqualsIfExists: { 'aws:CurrentTime': ['2026-01-01', '2025'] } }],
    ['expired', { DateEquals: { 'aws:CurrentTime': '2026-01-01' } }],
    ['not-yet', { DateGreaterThan: { 'aws:CurrentTime': '2099-01-01T00:00:00Z' } }],
    ['not-yet', { NumericGreaterThanEquals: { 'aws:EpochTime': '4070908800' } }],
    ['never-allows', { StringEquals: { 'aws:PrincipalAccount': '111111111111' } }],
    [
      'never-allows',
      { ArnLike: { 'aws:PrincipalArn': 'arn:aws:sts::222222222222:assumed-role/orders-reader/*' } },
    ],
    ['never-allows', { Bool: { 'aws:SecureTransport': 'false' } }],
    ['never-allows', { Null: { 'aws:PrincipalArn': 'true' } }],
    [
      'never-allows',
      { StringEquals: { 'aws:PrincipalOrgID': 'o-1' }, Null: { 'aws:principalorgid': 'true' } },
    ],
    [
      'never-allows',
      { StringEquals: { 'aws:PrincipalOrgID': 'o-1' }, StringLike: { 'aws:PrincipalOrgID': 'o-2*' } },
    ],
  ])('that allows nothing keeps the reader from reading: %s by %j', (code, condition) => {
    expect(about(condition).map(([one, rank]) => [one, rank])).toEqual([
      [code, 'access'],
      ['condition-kept', 'note'],
    ]);
  });

  test('of which a time is not renewed by --condition expires says so', () => {
    expect(about({ NumericLessThan: { 'aws:EpochTime': '1700000000' } })[0]?.[2]).toContain(
      'remove aws:EpochTime NumericLessThan from the statement by hand',
    );
  });

  test("that requires a network keeps Lambda's pollers from reading", () => {
    const statement = { ...expected, Condition: { StringEquals: { 'aws:SourceVpce': 'vpce-1' } } };
    const found = cautionsOf({ Statement: [statement] }, { ...AROUND, expected, for: 'lambda' });

    expect(found[0]).toMatchObject({ code: 'network-condition', rank: 'access' });
    expect(found[0]?.message).toContain("Lambda's pollers");
  });

  describe("in a key's policy, that requires the caller's network", () => {
    const { keyPolicyStatement: ofKey } = grantByOwner({ ...LAMBDA, key: KEY });
    const found = (added: NonNullable<Statement['Condition']>, resource = KEY.arn) =>
      cautionsOf(
        { Statement: [{ ...(ofKey as Statement), Condition: { ...ofKey?.Condition, ...added } }] },
        { ...AROUND, resource, ...(ofKey && { expected: ofKey }) },
      ).map(({ code, rank }) => [code, rank]);
    const kept = ['condition-kept', 'note'];

    test.each([
      ['StringLike', 'aws:SourceVpce'],
      ['ForAnyValue:StringEquals', 'AWS:sourcevpc'],
      ['IpAddress', 'aws:SourceIp'],
    ])('by %s %s, may keep the reader from reading: Kinesis calls Decrypt', (operator, key) => {
      expect(found({ [operator]: { [key]: 'x' } })).toEqual([['network-condition', 'access'], kept]);
      expect(found({ [operator]: { [key]: 'x' } }, STREAM.arn)).toEqual([kept]);
    });

    test.each(['StringEqualsIfExists', 'ForAllValues:StringEquals', 'StringNotEquals', 'Null'])(
      'by %s, which holds without the key, does not',
      (operator) => {
        expect(found({ [operator]: { 'aws:SourceVpce': 'x' } })).toEqual([kept]);
      },
    );
  });

  test("what is asked for is not said to be kept, nor that of somebody else's statement", () => {
    const conditions = [{ name: 'organization', value: 'o-a1b2c3d4e5' }] as const;
    const { streamPolicy: asked } = grantByOwner({ ...LAMBDA, conditions });

    expect(cautionsOf(asked, { ...AROUND, expected: asked.Statement[0] })).toEqual([]);
    const theirs = { ...asked.Statement[0], Sid: 'Theirs' };
    expect(cautionsOf({ Statement: [theirs] }, { ...AROUND, expected })).toEqual([]);
  });
});

import { parseStreamArn } from '../../src/aws/arn.js';
import { parseReaderArn } from '../../src/aws/reader-arn.js';
import { findKey } from '../../src/policy/commands.js';
import { grantByOwner, grantRead } from '../../src/policy/grants.js';
import {
  addCommands,
  awsCommands,
  mergeProgram,
  remainingCommand,
  removeCommands,
} from '../../src/policy/merge-commands.js';
import { placeOfConsumer, placeOfKey, placeOfStream } from '../../src/policy/owner-parts.js';
import type { ReadRequest } from '../../src/policy/read-request.js';
import type { PolicyDocument, Statement } from '../../src/policy/types.js';
import { AwsCli, awsError, describeWithJq } from '../helpers/aws-cli.js';
import { pasted } from '../helpers/pasted.js';
import { CONSUMER, KCL, KEY, LAMBDA, OTHER, READER, STREAM } from './helpers/requests.js';

const TEXT = { query: 'Policy', output: 'text' };
/** Of others, in the forms that AWS keeps. */
const THIRD: Statement = {
  Sid: 'Third',
  Effect: 'Allow',
  Principal: { AWS: OTHER.arn },
  Action: 'kinesis:GetRecords',
};
const DENY: Statement = {
  Effect: 'Deny',
  NotPrincipal: { AWS: ['x', 'y'] },
  Action: 'kinesis:*',
  Resource: '*',
};
const grants = grantByOwner({ ...KCL, consumer: CONSUMER, key: KEY });
const [OURS] = grants.streamPolicy.Statement;
const OF_KEY = grants.keyPolicyStatement as Statement;

describeWithJq('the printed aws commands (with jq)', () => {
  let aws: AwsCli;
  /** What AWS keeps, by ARN. */
  const inForce = new Map<string, string>();
  let failure: Error | undefined;
  beforeEach(async () => {
    inForce.clear();
    failure = undefined;
    aws = await AwsCli.start(async (service, action, options) => {
      const [call = '', ...kind] = action.split('-');
      const arn = options[service === 'kms' ? 'key-id' : 'resource-arn'] ?? '';
      expect(options.region).toBe('eu-west-1');
      if (failure && call === 'get') throw failure;
      if (action === 'describe-stream-summary') return KEY.keyId;
      if (action === 'describe-key') return options['key-id'] === KEY.keyId ? KEY.arn : '';
      expect(kind.join('-')).toBe(service === 'kms' ? 'key-policy' : 'resource-policy');
      if (call === 'put') inForce.set(arn, options.policy ?? '');
      else if (call === 'delete') inForce.delete(arn);
      else {
        expect(options).toMatchObject(TEXT);
        const text = inForce.get(arn);
        if (text === undefined) throw awsError('ResourceNotFoundException', 'no policy');
        return text;
      }
      return '';
    });
  });
  afterEach(() => aws.stop());

  const add = (statement = OURS, place = placeOfStream(STREAM)) =>
    [...mergeProgram(), ...addCommands(place, statement)].join('\n');
  const remove = (statement = OURS, place = placeOfStream(STREAM)) =>
    [...mergeProgram(), ...removeCommands(place, statement)].join('\n');
  const takeBack = () => `${remove()}\n${remainingCommand([placeOfStream(STREAM)], READER)}`;
  const policyOf = (arn = STREAM.arn) => JSON.parse(inForce.get(arn) ?? 'null') as PolicyDocument | null;
  const put = (policy: object, arn = STREAM.arn) => inForce.set(arn, JSON.stringify(policy, undefined, 2));

  test('keep the statements of others, whether there is a list of them or one', async () => {
    for (const Statement of [[THIRD, DENY], DENY]) {
      put({ Version: '2008-10-17', Id: 'x', Statement });

      expect(await aws.run(add())).toMatchObject({ status: 0, stderr: '' });

      expect(policyOf()).toEqual({ Version: '2008-10-17', Id: 'x', Statement: [Statement, OURS].flat() });
    }
  });

  test.each([
    ['an error', undefined],
    ['an empty text', ''],
    ['an empty object', '{}'],
    ['nothing, which the CLI calls None', 'None'],
  ])('make a policy where AWS answers with %s', async (_what, text) => {
    if (text !== undefined) inForce.set(STREAM.arn, text);

    expect(await aws.run(add())).toMatchObject({ status: 0 });

    expect(policyOf()).toEqual({ Version: '2012-10-17', Statement: [OURS] });
  });

  test.each(['file', 'terminal'] as const)(
    'write nothing after any other failure, given to bash as a %s',
    async (how) => {
      put({ Statement: THIRD });
      failure = awsError('AccessDeniedException', 'is not authorized');

      const { stderr } = await aws.run(add(), how);

      expect(stderr).toContain('(AccessDeniedException)');
      expect(aws.calls).toEqual(['kinesis get-resource-policy']);
      failure = undefined;
      inForce.set(STREAM.arn, 'no JSON');
      await aws.run(add(), how);
      expect(inForce.get(STREAM.arn)).toBe('no JSON');
    },
  );

  test('twice are once, and what was there before is saved', async () => {
    put({ Statement: [THIRD] });
    await aws.run(add());
    const once = inForce.get(STREAM.arn);

    await aws.run(add());

    expect(inForce.get(STREAM.arn)).toBe(once);
    expect(aws.files()).toEqual(expect.arrayContaining(['policy-stream-orders.json']));
  });

  test('what was there before is kept apart from what a later run saves, adding and removing', async () => {
    put({ Statement: [THIRD] });
    for (const script of [add(), add(), remove()]) await aws.run(script);

    const saved = aws.files().filter((name) => /^policy-stream-orders-\d+-\d+\.json$/.test(name));
    const sizes = saved.map((name) => JSON.parse(aws.read(name)).Statement.length);
    expect(sizes.sort()).toEqual([1, 2, 2]);
  });

  test.each<[string, object]>([
    ['the reader, with others', { ...THIRD, Principal: { AWS: [OTHER.arn, READER.arn] } }],
    ['the reader, without a Sid', { ...THIRD, Sid: undefined, Principal: { AWS: READER.arn } }],
    ['a session', { ...THIRD, Principal: { AWS: 'arn:aws:sts::222222222222:assumed-role/orders-reader/a' } }],
    ['its account', { ...THIRD, Principal: { AWS: ['222222222222'] } }],
    ['the root of its account', { ...THIRD, Principal: { AWS: 'arn:aws:iam::222222222222:root' } }],
    ['everybody', { ...THIRD, Principal: '*' }],
    ['everybody but one', { ...THIRD, Principal: undefined, NotPrincipal: { AWS: OTHER.arn } }],
  ])('the way back prints a statement for %s, which stays, and ends with an error', async (_whom, other) => {
    put({ Statement: [THIRD, other] });
    await aws.run(add());

    const { status, stdout, stderr } = await aws.run(takeBack());

    expect(status).not.toBe(0);
    expect(stdout.trim()).toBe(JSON.stringify(other));
    expect(stderr).toContain('may still let it read');
    expect(policyOf()?.Statement).toEqual(JSON.parse(JSON.stringify([THIRD, other])));
  });

  test('the way back says that nothing is left', async () => {
    const similar = { AWS: ['arn:aws:iam::222222222222:role/orders-reader-2', '333333333333'] };
    const federated = { Federated: 'cognito-identity.amazonaws.com' };
    put({ Statement: [THIRD, DENY, { ...THIRD, Principal: similar }, { ...THIRD, Principal: federated }] });
    await aws.run(add());

    const { status, stdout, stderr } = await aws.run(takeBack());

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.trim()).toBe(`Nothing is left that names ${READER.arn}.`);
  });

  test('the way back ends with an error if a policy could not be read', async () => {
    failure = awsError('AccessDeniedException');

    expect((await aws.run(takeBack())).status).not.toBe(0);
  });

  test('replace an earlier statement of the reader, also of one that was deleted', async () => {
    const old = { ...OURS, Action: 'kinesis:GetRecords' };
    for (const AWS of [READER.arn, [READER.arn], 'AROAEXAMPLE1234567890']) {
      put({ Statement: [{ ...old, Principal: { AWS } }, THIRD] });

      await aws.run(add());

      expect(policyOf()?.Statement).toEqual([OURS, THIRD]);
    }
  });

  test('keep a condition that the owner has added, such as an expiry', async () => {
    const expiry = { DateLessThan: { 'aws:CurrentTime': '2030-01-31T00:00:00Z' } };
    put({ Statement: [THIRD, { ...OURS, Condition: expiry }] });
    await aws.run(add());
    expect(policyOf()?.Statement).toEqual([THIRD, { ...OURS, Condition: expiry }]);

    put({ Statement: [{ ...OF_KEY, Condition: { ...OF_KEY.Condition, ...expiry } }] }, KEY.arn);
    await aws.run(add(OF_KEY, placeOfKey(KEY, STREAM)));
    expect(policyOf(KEY.arn)?.Statement).toEqual([
      { ...OF_KEY, Condition: { ...OF_KEY.Condition, ...expiry } },
    ]);
  });

  test('leave a statement of that Sid which others have a part in, adding and removing', async () => {
    const theirs = [
      { ...OURS, Principal: { AWS: [READER.arn, OTHER.arn] } },
      { ...OURS, Principal: { AWS: READER.arn, Service: 'lambda.amazonaws.com' } },
      { ...OURS, Principal: '*' },
      { ...OURS, Effect: 'Deny' },
    ];
    for (const one of theirs) {
      put({ Statement: [one] });
      await aws.run(add());
      await aws.run(add());
      expect(policyOf()?.Statement).toEqual([one, { ...OURS, Sid: `${OURS.Sid}2` }]);

      await aws.run(remove());
      expect(policyOf()?.Statement).toEqual([one]);
    }
  });

  test('the way back restores what was before, or deletes a policy of which nothing is left', async () => {
    put({ Version: '2012-10-17', Statement: [THIRD, DENY] });
    await aws.run(add());
    await aws.run(remove());
    expect(policyOf()).toEqual({ Version: '2012-10-17', Statement: [THIRD, DENY] });

    inForce.clear();
    await aws.run(add());
    await aws.run(remove());
    expect(inForce.has(STREAM.arn)).toBe(false);
    expect(aws.calls.at(-1)).toBe('kinesis delete-resource-policy');
  });

  test('of a consumer and of a key, given or found out from the stream', async () => {
    const consumer = grants.consumerPolicy?.Statement[0] as Statement;
    await aws.run(add(consumer, placeOfConsumer(CONSUMER, STREAM)));
    expect(policyOf(CONSUMER.arn)?.Statement).toEqual([consumer]);

    for (const key of [KEY, undefined]) {
      put({ Statement: { Sid: 'Root' } }, KEY.arn);
      const first = key ? '' : `${findKey(STREAM)}\n`;
      await aws.run(`${first}${add(OF_KEY, placeOfKey(key, STREAM))}`);
      expect(policyOf(KEY.arn)?.Statement).toEqual([{ Sid: 'Root' }, OF_KEY]);
      await aws.run(`${first}${remove(OF_KEY, placeOfKey(key, STREAM))}`);
      expect(policyOf(KEY.arn)?.Statement).toEqual([{ Sid: 'Root' }]);
    }
  });

  test('policy print -o commands puts all parts in force', async () => {
    put({ Statement: [THIRD] });
    put({ Statement: [{ Sid: 'Root' }] }, KEY.arn);

    const { readerPolicy: _, ...parts } = grantRead({ ...KCL, consumer: CONSUMER, key: KEY });
    const { status } = await aws.run(awsCommands({ ...KCL, consumer: CONSUMER, key: KEY }, parts));

    expect(status).toBe(0);
    expect(policyOf()?.Statement).toEqual([THIRD, OURS]);
    expect(policyOf(CONSUMER.arn)).toEqual(grants.consumerPolicy);
    expect(policyOf(KEY.arn)?.Statement).toEqual([{ Sid: 'Root' }, OF_KEY]);
  });
});

/** The calls for the reader's side alone. */
const ofReader = (request: ReadRequest) =>
  pasted(awsCommands(request, { readerPolicy: grantRead(request).readerPolicy }));

test('a shell hands aws the policy of the reader as it is', () => {
  const name = expect.stringMatching(/^cross-account-kcl-ReadStreamForOrdersReader[0-9a-f]{8}$/);
  const { readerPolicy } = grantRead(KCL);
  expect(ofReader(KCL)).toEqual([
    ['aws', 'iam', 'create-policy', '--policy-name', name, '--policy-document', JSON.stringify(readerPolicy)],
    [
      ...['aws', 'iam', 'attach-role-policy', '--role-name', 'orders-reader', '--policy-arn'],
      expect.stringMatching(/^arn:aws:iam::222222222222:policy\/cross-account-kcl-ReadStreamFor/),
    ],
  ]);
});

test('the policies of one account have names of their own, by reader, stream and application', () => {
  const names = [
    KCL,
    { ...KCL, reader: parseReaderArn(`${READER.arn}-2`) },
    { ...KCL, stream: parseStreamArn(STREAM.arn.replace('eu-west-1', 'eu-west-2')) },
    { ...KCL, application: 'other' },
    LAMBDA,
  ].map((request) => {
    const [created, attached] = ofReader(request);
    expect(attached?.at(-1)).toBe(`arn:aws:iam::222222222222:policy/${created?.[4]}`);
    return created?.[4];
  });

  expect(new Set(names).size).toBe(5);
});

test("a user's policy is attached to the user", () => {
  const request = { ...KCL, reader: { ...READER, kind: 'user' as const } };

  expect(awsCommands(request, grantRead(request))).toContain(
    'aws iam attach-user-policy --user-name orders-reader',
  );
});

test('no remark has what an interactive zsh would take for the beginning of a quotation', () => {
  const request = { ...KCL, consumer: CONSUMER, key: KEY };
  const remarks = awsCommands(request, grantRead(request))
    .split('\n')
    .filter((line) => line.startsWith('#'));

  expect(remarks).toHaveLength(5);
  expect(remarks.filter((line) => /['"`$!]/.test(line))).toEqual([]);
});

import {
  DecryptCommand,
  type DecryptCommandInput,
  DescribeKeyCommand,
  EncryptCommand,
  GetKeyPolicyCommand,
  PutKeyPolicyCommand,
} from '@aws-sdk/client-kms';
import type { LabKey } from '../../../lab/gate/gate.js';
import type { Policy, Statement } from '../../../lab/iam/types.js';
import { allow, deny, grant, OWNER, policy, READER, ROLE, SESSION } from '../helpers/access.js';
import { answerTo, type Clients, type GatedLab, startGatedLab } from './helpers/gated-lab.js';

const ROOT = `arn:aws:iam::${OWNER}:root`;
const OLGA = `arn:aws:iam::${OWNER}:user/olga`;

let lab: GatedLab;
let owner: Clients;
beforeAll(async () => {
  lab = await startGatedLab();
  owner = lab.as(OWNER);
});
afterAll(() => lab.stop());

const newKey = (document?: Policy): LabKey => lab.gate.keys.create(OWNER, lab.region, document);
/** The role may call everything in KMS, as far as its own policy goes. */
const reader = () => lab.session(ROLE, [allow({ Action: 'kms:*' })]);
const describeKey = ({ kms }: Clients, KeyId: string) => kms.send(new DescribeKeyCommand({ KeyId }));
const decrypt = ({ kms }: Clients, input: Partial<DecryptCommandInput>) =>
  kms.send(new DecryptCommand({ CiphertextBlob: undefined, ...input }));
const sealed = ({ arn }: LabKey, context?: Record<string, string>) =>
  lab.gate.keys.encrypt(arn, Buffer.from('hello'), context);

describe('who may use a key', () => {
  test("with AWS's default policy the account's IAM policies decide", async () => {
    const { arn } = newKey();
    const allowed = allow({ Action: 'kms:DescribeKey', Resource: arn });

    expect(await answerTo(describeKey(owner, arn))).toBe('ok');
    expect(await answerTo(describeKey(lab.user(OLGA, allowed), arn))).toBe('ok');
    expect(await answerTo(describeKey(lab.user(OLGA), arn))).toBe(
      `AccessDeniedException: User: ${OLGA} is not authorized to perform: kms:DescribeKey on resource: ${arn} ` +
        'because no identity-based policy allows the kms:DescribeKey action',
    );
  });

  test('a key policy that names nobody lets nobody in, not even the root user', async () => {
    const { arn } = newKey(policy([]));

    for (const caller of [owner, lab.user(OLGA, allow())]) {
      expect(await answerTo(describeKey(caller, arn))).toContain('because no resource-based policy allows');
    }
  });

  test('across accounts both sides must allow', async () => {
    const { arn } = newKey(grant([ROOT, ROLE]));

    expect(await answerTo(describeKey(reader(), arn))).toBe('ok');
    expect(await answerTo(describeKey(lab.session(ROLE, []), arn))).toContain(
      `User: ${SESSION} is not authorized to perform: kms:DescribeKey on resource: ${arn} because no identity-based`,
    );
    expect(await answerTo(describeKey(reader(), newKey().arn))).toContain(
      'because no resource-based policy allows',
    );
  });

  test('an explicit deny of the key policy wins', async () => {
    const { arn } = newKey(policy([allow({ Principal: '*' }), deny({ Principal: { AWS: ROLE } })]));

    expect(await answerTo(describeKey(owner, arn))).toBe('ok');
    expect(await answerTo(describeKey(reader(), arn))).toContain(
      'with an explicit deny in a resource-based policy',
    );
  });

  test('the key policy that was put counts at once', async () => {
    const { arn } = newKey();
    const put = (document: string) =>
      owner.kms.send(new PutKeyPolicyCommand({ KeyId: arn, Policy: document }));
    const document = JSON.stringify(grant([ROOT, ROLE]), null, 2);
    await put(document);

    expect(await answerTo(describeKey(reader(), arn))).toBe('ok');
    const { Policy: stored } = await owner.kms.send(new GetKeyPolicyCommand({ KeyId: arn }));
    expect(stored).toBe(document);
    for (const text of ['', '{', '[]', 'null', '{"Version":"2012-10-17"}']) {
      expect(await answerTo(put(text))).toMatch(/^MalformedPolicyDocumentException: /);
    }
    expect((await owner.kms.send(new GetKeyPolicyCommand({ KeyId: arn }))).Policy).toBe(document);
  });

  test('a statement without Action or Resource is stored, and has no effect', async () => {
    const { arn } = newKey();
    const [all] = [grant(ROOT).Statement].flat();
    for (const left of ['Action', 'Resource']) {
      const incomplete = { ...allow({ Principal: { AWS: ROLE } }), Effect: 'Allow', [left]: undefined };
      const denies = { ...deny({ Principal: '*' }), [left]: undefined };
      const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [all, incomplete, denies] });

      expect(await answerTo(owner.kms.send(new PutKeyPolicyCommand({ KeyId: arn, Policy })))).toBe('ok');
      expect(await answerTo(describeKey(owner, arn))).toBe('ok');
      expect(await answerTo(describeKey(reader(), arn))).toContain('because no resource-based policy allows');
    }
  });

  test('a test can not give a key a policy that can not be evaluated', () => {
    const key = newKey();
    const { policy: before } = key;

    for (const text of ['{"Statement":', '{}', JSON.stringify(policy(allow()))]) {
      expect(() => {
        key.policy = text;
      }).toThrow(`the policy of ${key.arn} `);
    }
    expect(() => newKey(policy(allow()))).toThrow('needs one of Principal and NotPrincipal');
    expect(key.policy).toBe(before);
  });
});

describe('PutKeyPolicy', () => {
  const put = (KeyId: string, document: object | string, more: object = {}, { kms } = owner) =>
    answerTo(
      kms.send(
        new PutKeyPolicyCommand({
          KeyId,
          Policy: typeof document === 'string' ? document : JSON.stringify(document),
          ...more,
        }),
      ),
    );
  const both = (elements: Partial<Statement>) =>
    policy([allow({ Principal: { AWS: ROOT } }), { ...allow({ Principal: '*' }), ...elements }]);
  const malformed = (what: string) => `MalformedPolicyDocumentException: ${what}`;
  const PRINCIPALS = malformed('Policy contains a statement with one or more invalid principals.');
  const LOCKOUT = malformed('The new key policy will not allow you to update the key policy in the future.');

  test.each<[string, object | string, string | RegExp]>([
    ['no principal', policy([allow()]), malformed('Policy contains a statement with no principal.')],
    ['no statements', policy([]), malformed('The new key policy has no statements.')],
    ['no effect', { Statement: { Principal: '*', Action: '*' } }, /^Malformed.*needs the Effect/],
    ['an element that does not exist', both({ Actions: '*' } as object), /^Malformed.*no element 'Actions'/],
    [
      'an address that does not exist',
      both({ Condition: { IpAddress: { 'aws:SourceIp': 'x' } } }),
      /^Malformed.*"x", which is not an IP address or range$/,
    ],
    ['a part of a name', both({ Principal: { AWS: `arn:aws:iam::${READER}:role/*` } }), PRINCIPALS],
    ['a name that is none', both({ Principal: { AWS: 'olga' } }), PRINCIPALS],
    ['a service that is none', both({ Principal: { Service: 'lambda' } }), PRINCIPALS],
    ['a canonical user', both({ Principal: { CanonicalUser: '79a5' } }), PRINCIPALS],
    ['a role that was deleted', both({ Principal: { AWS: 'AROA1234567890ABCDEFG' } }), PRINCIPALS],
    [
      'more than 32 KiB',
      { ...both({}), Id: 'x'.repeat(32_768) },
      /^ValidationException: .*less than or equal to 32768$/,
    ],
    ['other characters', { ...both({}), Id: '漢' }, /^ValidationException: .*u0020-.u00FF\]\+$/],
    ['who locks all out', grant(`arn:aws:iam::${READER}:root`), LOCKOUT],
    ['who denies the caller', both({ Effect: 'Deny', Action: 'kms:Put*' }), LOCKOUT],
    ['who lets it do something else only', grant(ROOT, { Action: 'kms:Decrypt' }), LOCKOUT],
  ])('refuses %s', async (_what, document, refusal) => {
    const key = newKey();
    const before = key.policy;
    const answer = await put(key.arn, document);

    if (typeof refusal === 'string') expect(answer).toBe(refusal);
    else expect(answer).toMatch(refusal);
    expect(key.policy).toBe(before);
  });

  test('knows only the policy with the name default', async () => {
    const { arn } = newKey();
    const GONE = 'NotFoundException: No such policy exists';

    expect(await put(arn, both({}), { PolicyName: 'other' })).toBe(GONE);
    expect(await answerTo(owner.kms.send(new GetKeyPolicyCommand({ KeyId: arn, PolicyName: 'other' })))).toBe(
      GONE,
    );
    expect(await put(arn, both({}), { PolicyName: 'default' })).toBe('ok');
  });

  test('takes the lockout of its caller, if that is asked', async () => {
    const { arn } = newKey();

    expect(
      await put(arn, grant(`arn:aws:iam::${READER}:root`), { BypassPolicyLockoutSafetyCheck: true }),
    ).toBe('ok');
    expect(await answerTo(describeKey(owner, arn))).toContain('because no resource-based policy allows');
  });

  test('asks whether this caller could put the next one, by IAM too', async () => {
    const { arn } = newKey();
    const olga = lab.user(OLGA, allow({ Action: 'kms:PutKeyPolicy' }));
    const others = grant(`${OLGA}-2`, { Action: '*' });
    lab.user(`${OLGA}-2`);

    expect(await put(arn, others, {}, olga)).toBe(LOCKOUT);
    expect(await put(arn, grant(ROOT), {}, olga)).toBe('ok');
  });

  test('takes services, accounts, everybody and who is not named', async () => {
    for (const elements of [
      { Principal: { Service: 'logs.us-east-1.amazonaws.com' } },
      { Principal: { AWS: ['*', READER] } },
      { Principal: '*' as const, Condition: { StringEquals: { 'kms:CallerAccount': READER } } },
      { Principal: undefined, NotPrincipal: { AWS: READER }, Effect: 'Deny' as const, Action: 'kms:Decrypt' },
    ]) {
      expect(await put(newKey().arn, both(elements as Partial<Statement>))).toBe('ok');
    }
  });

  test('keeps a role by its id', async () => {
    const gone = `arn:aws:iam::${READER}:role/gone`;
    const { arn } = newKey();
    const session = () => lab.session(gone, [allow()]);
    session();
    expect(await put(arn, grant([ROOT, gone]))).toBe('ok');
    expect(await answerTo(describeKey(session(), arn))).toBe('ok');
    lab.gate.identities.deleteRole(gone);
    const again = session();
    const { Policy: shown = '' } = await owner.kms.send(new GetKeyPolicyCommand({ KeyId: arn }));

    expect(JSON.parse(shown).Statement.Principal.AWS).toEqual([ROOT, expect.stringMatching(/^AROA/)]);
    expect(await answerTo(describeKey(again, arn))).toContain('because no resource-based policy allows');
    expect(await put(arn, shown)).toBe(PRINCIPALS);
  });
});

test("another account's key has no policy to read or change, whatever the policies say", async () => {
  const { arn } = newKey(grant([ROOT, ROLE, `arn:aws:iam::${READER}:root`]));
  const why = (action: string) =>
    `is not authorized to perform: ${action} on resource: ${arn} because no resource-based policy allows the ${action} action`;

  for (const caller of [reader(), lab.as(READER)]) {
    expect(await answerTo(describeKey(caller, arn))).toBe('ok');
    expect(await answerTo(caller.kms.send(new GetKeyPolicyCommand({ KeyId: arn })))).toContain(
      why('kms:GetKeyPolicy'),
    );
    const put = new PutKeyPolicyCommand({ KeyId: arn, Policy: JSON.stringify(grant(ROOT)) });
    expect(await answerTo(caller.kms.send(put))).toContain(why('kms:PutKeyPolicy'));
  }
});

describe('a key', () => {
  test('is described', async () => {
    const key = newKey();

    expect((await describeKey(owner, key.arn)).KeyMetadata).toMatchObject({
      AWSAccountId: OWNER,
      Arn: key.arn,
      KeyId: key.arn.split('/')[1],
      CreationDate: key.created,
      Enabled: true,
      KeyState: 'Enabled',
      KeyManager: 'CUSTOMER',
    });
  });

  test('is found by its id, and in its own account by the alias', async () => {
    const key = newKey();
    expect((await describeKey(owner, key.arn.split('/')[1] ?? '')).KeyMetadata?.Arn).toBe(key.arn);

    const managed = (await describeKey(owner, 'alias/aws/kinesis')).KeyMetadata;
    expect(managed).toMatchObject({ AWSAccountId: OWNER, KeyManager: 'AWS' });
    expect((await describeKey(owner, 'alias/aws/kinesis')).KeyMetadata?.Arn).toBe(managed?.Arn);
    expect((await describeKey(lab.as(READER), 'alias/aws/kinesis')).KeyMetadata?.AWSAccountId).toBe(READER);
    expect(await answerTo(describeKey(reader(), managed?.Arn ?? ''))).toMatch(/^AccessDeniedException: /);
  });

  test.each([
    ['Disabled', false, 'Disabled'],
    ['PendingDeletion', false, 'PendingDeletion'],
    ['Throttled', true, 'Enabled'],
  ] as const)('that is %s can still be described', async (state, Enabled, KeyState) => {
    const key = newKey();
    key.state = state;

    expect((await describeKey(owner, key.arn)).KeyMetadata).toMatchObject({ Enabled, KeyState });
  });

  test('that does not exist is not found in the own account, and denied across accounts', async () => {
    const key = newKey(grant([ROOT, ROLE]));
    lab.gate.keys.delete(key.arn);

    expect(await answerTo(describeKey(owner, key.arn))).toBe(
      `NotFoundException: Key '${key.arn}' does not exist`,
    );
    expect(await answerTo(describeKey(reader(), key.arn))).toMatch(/^AccessDeniedException: /);
    expect(await answerTo(describeKey(lab.user(OLGA), key.arn))).toMatch(/^AccessDeniedException: /);
    expect(await answerTo(describeKey(owner, 'alias/missing'))).toBe(
      `NotFoundException: Alias arn:aws:kms:us-east-1:${OWNER}:alias/missing is not found.`,
    );
  });

  test("of AWS's keeps its policy", async () => {
    const KeyId = (await describeKey(owner, 'alias/aws/kinesis')).KeyMetadata?.Arn;
    const put = new PutKeyPolicyCommand({ KeyId, Policy: JSON.stringify(grant([ROOT, ROLE])) });

    expect(await answerTo(owner.kms.send(put))).toMatch(/^AccessDeniedException: .*kms:PutKeyPolicy/);
    expect(await answerTo(describeKey(reader(), KeyId ?? ''))).toMatch(/^AccessDeniedException: /);
  });
});

describe('Decrypt', () => {
  test('gives back what was encrypted, with the same context, however its pairs are ordered', async () => {
    const key = newKey();
    const CiphertextBlob = sealed(key, { a: '1', b: '2' });
    const { Plaintext, KeyId } = await decrypt(owner, {
      CiphertextBlob,
      EncryptionContext: { b: '2', a: '1' },
    });

    expect(Buffer.from(Plaintext ?? []).toString()).toBe('hello');
    expect(KeyId).toBe(key.arn);
    for (const EncryptionContext of [undefined, { a: '1' }, { a: '1', b: '3' }]) {
      expect(await answerTo(decrypt(owner, { CiphertextBlob, EncryptionContext }))).toMatch(
        /^InvalidCiphertextException: /,
      );
    }
  });

  test('needs the grant for its context', async () => {
    const key = newKey();
    const user = lab.user(
      OLGA,
      allow({ Action: 'kms:Decrypt', Condition: { StringEquals: { 'kms:EncryptionContext:a': '1' } } }),
    );
    const withContext = (context: Record<string, string>) =>
      answerTo(decrypt(user, { CiphertextBlob: sealed(key, context), EncryptionContext: context }));

    expect(await withContext({ a: '1' })).toBe('ok');
    expect(await withContext({ a: '2' })).toMatch(/^AccessDeniedException: .*kms:Decrypt/);
  });

  test('is not through Kinesis: a grant for that does not open it', async () => {
    const key = newKey();
    const condition = { StringEquals: { 'kms:ViaService': 'kinesis.us-east-1.amazonaws.com' } };
    const user = lab.user(OLGA, allow({ Action: 'kms:Decrypt', Condition: condition }));

    expect(await answerTo(decrypt(user, { CiphertextBlob: sealed(key) }))).toMatch(
      /^AccessDeniedException: /,
    );
  });

  test('takes no ciphertext of another key, changed, or none', async () => {
    const key = newKey();
    const CiphertextBlob = sealed(key);
    const changed = Buffer.from(CiphertextBlob);
    changed.writeUInt8((changed.at(-1) ?? 0) ^ 1, changed.length - 1);

    expect(await answerTo(decrypt(owner, { CiphertextBlob, KeyId: newKey().arn }))).toMatch(
      /^IncorrectKeyException: /,
    );
    expect(await answerTo(decrypt(owner, { CiphertextBlob: changed }))).toMatch(
      /^InvalidCiphertextException: /,
    );
    for (const KeyId of [undefined, key.arn]) {
      const noCiphertext = { CiphertextBlob: Buffer.from('hello'), KeyId };
      expect(await answerTo(decrypt(owner, noCiphertext))).toMatch(/^InvalidCiphertextException: /);
    }
    expect(await answerTo(decrypt(owner, {}))).toMatch(/^ValidationException: /);
  });

  test.each([
    ['Disabled', /^DisabledException: .* is disabled\.$/],
    ['PendingDeletion', /^KMSInvalidStateException: .* is pending deletion\.$/],
    ['Throttled', /^ThrottlingException: /],
  ] as const)('of a key that is %s fails, for real or not', async (state, refusal) => {
    const key = newKey();
    key.state = state;

    for (const DryRun of [false, true]) {
      expect(await answerTo(decrypt(owner, { CiphertextBlob: sealed(key), DryRun }))).toMatch(refusal);
    }
  });

  test('of a key that was deleted finds it no more', async () => {
    const key = newKey();
    const CiphertextBlob = sealed(key);
    lab.gate.keys.delete(key.arn);

    expect(await answerTo(decrypt(owner, { CiphertextBlob }))).toMatch(/^NotFoundException: /);
  });
});

describe('a dry run of Decrypt', () => {
  const WOULD =
    /^DryRunOperationException: The request would have succeeded, but the DryRun option is set\.$/;
  const ignoring = { DryRun: true, DryRunModifiers: ['IGNORE_CIPHERTEXT' as const] };

  test('says with an error that it would have succeeded', async () => {
    const key = newKey(grant([ROOT, ROLE]));

    expect(await answerTo(decrypt(reader(), { CiphertextBlob: sealed(key), DryRun: true }))).toMatch(WOULD);
  });

  test('needs no ciphertext, if that is to be ignored', async () => {
    const key = newKey(grant([ROOT, ROLE]));

    expect(await answerTo(decrypt(reader(), { KeyId: key.arn, ...ignoring }))).toMatch(WOULD);
    expect(await answerTo(decrypt(reader(), { KeyId: key.arn, DryRun: true }))).toMatch(
      /^InvalidCiphertextException: /,
    );
    expect(await answerTo(decrypt(reader(), { KeyId: key.arn, ...ignoring, DryRun: false }))).toMatch(
      /^InvalidCiphertextException: /,
    );
  });

  test('is denied as the call would be', async () => {
    const key = newKey();
    const refusal = new RegExp(
      `^AccessDeniedException: User: ${SESSION} is not authorized to perform: kms:Decrypt`,
    );

    expect(await answerTo(decrypt(reader(), { KeyId: key.arn, ...ignoring }))).toMatch(refusal);
    expect(await answerTo(decrypt(reader(), { CiphertextBlob: sealed(key), DryRun: true }))).toMatch(refusal);
  });
});

test('what the lab does not know of KMS is refused', async () => {
  const encrypt = new EncryptCommand({ KeyId: newKey().arn, Plaintext: Buffer.from('x') });

  expect(await answerTo(owner.kms.send(encrypt))).toBe(
    'UnknownOperationException: the lab does not know the call TrentService.Encrypt',
  );
});

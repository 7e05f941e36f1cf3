import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { type Fields, isFields } from '../iam/api-call.js';
import { checkGrammar } from '../iam/grammar.js';
import type { Network } from '../iam/network.js';
import type { Organization } from '../iam/organization.js';
import { requestedActions } from '../iam/request.js';
import { type Context, listOf } from '../iam/types.js';
import { Access, type AccessDecision, refusal } from './access.js';
import { authorizationOf } from './authorization.js';
import { AwsError, toAwsError } from './aws-error.js';
import { callerIdentity } from './caller-identity.js';
import { Circumstances, type Clock, Organizations } from './circumstances.js';
import { answerCloudWatch } from './cloudwatch.js';
import { type Door, openDoor } from './door.js';
import { Encryption } from './encryption.js';
import { CutConnection, type Faults } from './fault.js';
import { Upstream } from './forward.js';
import { answerIam, IAM } from './iam.js';
import { accountOf, Identities, type Identity } from './identities.js';
import { Keys } from './keys.js';
import { KinesisService, type Streamed } from './kinesis.js';
import { answerKms, keyOfAlias, keyOfCiphertext } from './kms.js';
import { Queues } from './queues.js';
import { ResourcePolicies } from './resource-policies.js';
import { ServedStreams } from './served-streams.js';
import { answerSqs } from './sqs.js';
import { StoredPolicies } from './stored-policies.js';
import { StreamKeys } from './stream-keys.js';
import { answerSts } from './sts.js';
import { Tokens } from './tokens.js';
import { answerWebIdentity, WebIdentityTokens } from './web-identity.js';
import { type Answer, type Request, unpacked, type Wire, wireOf } from './wire.js';

export type { Network, VpcEndpoint } from '../iam/network.js';
export { FULL_AWS_ACCESS, type Organization } from '../iam/organization.js';
export type { AccessDecision } from './access.js';
export type { Clock, Organizations } from './circumstances.js';
export type { Door } from './door.js';
export type { Effect, Fault, GateCall } from './fault.js';
export type { Credentials, Role, Tags } from './identities.js';
export type { LabKey } from './keys.js';
export type { LabMessage, LabQueue } from './queues.js';
export type { HeldRecord, RecordRewrite, ServedRecord } from './served-streams.js';

/** Its endpoint is that of all services: Kinesis, DynamoDB, KMS, STS, IAM, CloudWatch and SQS. */
export interface Gate extends Door {
  readonly identities: Identities;
  readonly keys: Keys;
  readonly queues: Queues;
  /** What streams of AWS have, and the emulator's can't. */
  readonly streams: ServedStreams;
  readonly webIdentityTokens: WebIdentityTokens;
  readonly organizations: Organizations;
  /** `aws:CurrentTime` of the calls; the machine's own time unless set. */
  readonly clock: Clock;
  /** Makes a region one that is not enabled in the account: its credentials are unknown there, as on AWS. */
  disableRegion(account: string, region: string): void;
  /**
   * Another way in, to the same services, for one whose calls are to be disturbed, or come from somewhere else: such as
   * through a VPC endpoint. It is shut with the gate.
   *
   * @throws PolicyError for a policy that a VPC endpoint would not have
   */
  addDoor(network?: Network): Promise<Door>;
  stop(): Promise<void>;
}

export interface Emulators {
  readonly kinesisEndpoint: string;
  readonly dynamodbEndpoint: string;
  /** For the gate's own questions. */
  readonly kinesis: KinesisClient;
}

export interface GateOptions {
  /** A name or address of this machine; the loopback unless given. */
  host?: string | undefined;
  port?: number | undefined;
  /** Told of each question that is put to the policies. */
  onDecision?: (decision: AccessDecision) => void;
  organization?: Organization | undefined;
  /** How calls come in by the gate's own endpoint. */
  network?: Network | undefined;
}

/**
 * Stands before the emulators and lets a call through only if AWS would: it tells who calls, what for, and asks the
 * policies of both sides. What no emulator is there for it answers itself.
 */
export async function startGate(
  emulators: Emulators,
  { host, port = 0, onDecision = () => {}, organization, network: ofFront = {} }: GateOptions = {},
): Promise<Gate> {
  const identities = new Identities();
  const stored = new StoredPolicies(identities.ids);
  const keys = new Keys(stored);
  const queues = new Queues();
  const streams = new ServedStreams();
  const tokens = new Tokens();
  const webIdentityTokens = new WebIdentityTokens();
  const disabledRegions = new Set<string>();
  const upstreams = {
    kinesis: new Upstream(emulators.kinesisEndpoint),
    dynamodb: new Upstream(emulators.dynamodbEndpoint),
  };
  const doors: Door[] = [];
  const organizations = new Organizations();
  if (organization !== undefined) organizations.set(organization);
  const clock: Clock = { now: () => new Date() };
  const circumstances = new Circumstances(organizations, clock, keys);
  const access = new Access(resourcePolicyOf, keys, stored, onDecision, circumstances);
  const streamKeys = new StreamKeys(emulators.kinesis, keys);
  const source = { upstream: upstreams.kinesis, client: emulators.kinesis };
  const policies = new ResourcePolicies({ ...source, stored, ids: identities.ids });
  const kinesis = new KinesisService({
    ...source,
    tokens,
    streamKeys,
    encryption: new Encryption(access, keys, streamKeys),
    streams,
    policies,
  });

  async function resourcePolicyOf(arn: string): Promise<string | undefined> {
    return arn.split(':')[2] === 'sqs' ? queues.find(arn)?.policy : policies.of(arn);
  }

  async function serve(request: Request, faults: Faults, network: Network): Promise<Answer | Streamed> {
    const wire = wireOf(request);
    try {
      return await allowed(unpacked(request), wire, faults, network);
    } catch (error) {
      if (error instanceof CutConnection) throw error;
      const told = toAwsError(error);
      const answer = wire.error(told);
      return { ...answer, headers: { ...answer.headers, ...told.headers } };
    }
  }

  async function allowed(
    request: Request,
    wire: Wire,
    faults: Faults,
    network: Network,
  ): Promise<Answer | Streamed> {
    if (wire.target(request) === WEB_IDENTITY) return withWebIdentity(request, wire, faults);
    const { accessKeyId, sessionToken, region } = authorizationOf(request.headers);
    const authenticated = identities.authenticate(accessKeyId, sessionToken);
    const userId = callerIdentity(authenticated.caller, identities.ids).UserId;
    const context = { ...authenticated.context, 'aws:userid': userId };
    const ofCall = { 'aws:RequestedRegion': region, ...clientContext(request) };
    const identity: Identity = { ...authenticated, context, ofCall, network };
    const account = accountOf(identity);
    if (disabledRegions.has(`${account} ${region}`)) {
      throw new AwsError(
        'UnrecognizedClientException',
        'The security token included in the request is invalid.',
      );
    }
    const target = wire.target(request);
    const [service = '', operation = ''] = target.split('.');
    const decoded = wire.decode(request.body);
    const fields = isFields(decoded) ? decoded : {};
    const disturbed = (resource: string, answer: () => Promise<Answer | Streamed>) =>
      faults.apply({ service: NAMES[service] ?? service, operation, resource, fields, identity }, answer);
    if (service === 'AWSSecurityTokenServiceV20110615') {
      return disturbed('*', async () =>
        wire.encode(answerSts(operation, fields, identity, identities, access), target),
      );
    }

    if (service === IAM) {
      return disturbed('*', async () =>
        wire.encode(await answerIam(operation, fields, identity, identities, access), target),
      );
    }
    const asked = requestedActions(
      { target, body: decoded, account, region },
      {
        streamOf: (token) => tokens.streamOf(token),
        keyOfAlias: (arn) => keyOfAlias(keys, arn),
        keyOfCiphertext: (ciphertext) => keyOfCiphertext(keys, ciphertext),
      },
    );
    const resource = asked[0]?.resource.arn ?? '';
    return disturbed(resource, async () => {
      for (const one of asked) {
        const denial = await access.ask(target, identity, one);
        if (denial !== undefined) throw refusal('AccessDeniedException', denial);
      }
      switch (service) {
        case 'Kinesis_20131202':
          return kinesis.serve({ request, wire, operation, fields, identity, resource });
        case 'DynamoDB_20120810':
          return upstreams.dynamodb.call(request, account);
        case 'TrentService':
          return wire.encode(
            answerKms(operation, fields, resource, {
              keys,
              stored,
              ids: identities.ids,
              mayPutAgain: (policy) => asked.every((one) => access.mayPutAgain(identity, one, policy)),
            }),
            target,
          );
        case 'AmazonSQS':
          return wire.encode(answerSqs(operation, fields, resource, queues), target);
        default:
          return wire.encode(answerCloudWatch(fields), target);
      }
    });
  }

  async function withWebIdentity(request: Request, wire: Wire, faults: Faults): Promise<Answer | Streamed> {
    const fields = wire.decode(request.body) as Fields;
    const call = { service: 'sts', operation: 'AssumeRoleWithWebIdentity', resource: '*', fields };
    return faults.apply({ ...call, identity: NOBODY }, async () =>
      wire.encode(answerWebIdentity(fields, identities, webIdentityTokens), WEB_IDENTITY),
    );
  }

  const addDoor = async (onPort: number, network: Network) => {
    for (const policy of listOf(network.vpcEndpoint?.policy)) {
      checkGrammar(policy, 'vpc-endpoint', `the policy of ${network.vpcEndpoint?.id}`);
    }
    const door = await openDoor({ host, port: onPort }, network, serve);
    doors.push(door);
    return door;
  };
  const front = await addDoor(port, ofFront);
  return {
    ...front,
    identities,
    keys,
    queues,
    streams,
    webIdentityTokens,
    organizations,
    clock,
    disableRegion: (account, region) => disabledRegions.add(`${account} ${region}`),
    addDoor: (network = {}) => addDoor(0, network),
    async stop() {
      await Promise.all(doors.map((door) => door.shut()));
      for (const upstream of Object.values(upstreams)) upstream.close();
    },
  };
}

const WEB_IDENTITY = 'AWSSecurityTokenServiceV20110615.AssumeRoleWithWebIdentity';
/** Who calls without a signature. */
const NOBODY: Identity = {
  caller: { type: 'root', account: '', partition: 'aws' },
  policies: [],
  limits: {},
};

function clientContext({ headers: { 'user-agent': agent, referer } }: Request): Context {
  return {
    ...(agent !== undefined && { 'aws:UserAgent': agent }),
    ...(referer !== undefined && { 'aws:referer': referer }),
  };
}

/** As faults name the services. */
const NAMES: Readonly<Record<string, string>> = {
  Kinesis_20131202: 'kinesis',
  DynamoDB_20120810: 'dynamodb',
  TrentService: 'kms',
  AmazonSQS: 'sqs',
  AWSSecurityTokenServiceV20110615: 'sts',
  [IAM]: 'iam',
};

import { type Account, closeAccount, openAccount } from './account.js';
import { startDynamoDbLocal } from './dynamodb-local.js';
import type { Emulator } from './emulator-process.js';
import { assertPortFree, freePorts } from './free-port.js';
import { type AccessDecision, type Gate, type GateOptions, startGate } from './gate/gate.js';
import { startKinesisLocal } from './kinesis-local.js';

export type { Account } from './account.js';
export { createStream, deleteStream, encryptStream, mergeShards, splitShard } from './create-stream.js';
export { putRecords, type RecordToPut } from './put-records.js';
export { deregisterConsumer, registerConsumer } from './stream-consumer.js';

const defaults = { region: 'us-east-1', ownerId: '111111111111', readerId: '222222222222' };

export interface LabOptions {
  /** Free ones unless given. */
  kinesisPort?: number;
  dynamodbPort?: number;
  gatePort?: number;
  /** A name or address of this machine that the gate listens on and is reached by; the loopback unless given. */
  gateHost?: string | undefined;
  region?: string;
  /** Told of each question that the gate puts to the policies. */
  onDecision?: (decision: AccessDecision) => void;
  /** Which of the accounts are members of one, and what limits them; lab.gate.organizations changes it. */
  organization?: GateOptions['organization'];
  /** How calls come in by the gate's own endpoint; lab.gate.addDoor gives further ones. */
  network?: GateOptions['network'];
}

export interface Lab {
  region: string;
  /** The emulators themselves, which let everybody in. */
  kinesisEndpoint: string;
  dynamodbEndpoint: string;
  /** Lets in whom the policies of both sides allow. */
  gate: Gate;
  /** Has the stream. */
  owner: Account;
  /** Reads the owner's stream, and has the lease table. */
  reader: Account;
  /** Another account, or one of these in another region. */
  account(id: string, region?: string): Account;
  /** Nothing of the lab is left when it returns; stopping twice is stopping once. */
  stop(): Promise<void>;
}

/**
 * Two AWS accounts on emulators that end with this process.
 *
 * @throws EnvironmentError | EmulatorError
 */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const { region = defaults.region } = options;
  const { kinesisPort, dynamodbPort, gatePort } = await choosePorts(options);
  const emulators = await startAll([
    startKinesisLocal(kinesisPort, region),
    startDynamoDbLocal(dynamodbPort),
  ]);

  const endpoints = {
    region,
    kinesisEndpoint: `http://127.0.0.1:${kinesisPort}`,
    dynamodbEndpoint: `http://127.0.0.1:${dynamodbPort}`,
  };
  const accounts: Account[] = [];
  const account = (id: string, inRegion = region) => {
    const opened = openAccount(id, { ...endpoints, region: inRegion });
    accounts.push(opened);
    return opened;
  };
  const owner = account(defaults.ownerId);
  const reader = account(defaults.readerId);
  const gate = await startGate(
    { ...endpoints, kinesis: owner.kinesis },
    {
      host: options.gateHost,
      port: gatePort,
      organization: options.organization,
      network: options.network,
      ...(options.onDecision && { onDecision: options.onDecision }),
    },
  ).catch(async (reason: unknown) => {
    await stopAll(emulators).catch(() => {});
    throw reason;
  });

  let stopped: Promise<void> | undefined;
  const stop = async () => {
    for (const opened of accounts) closeAccount(opened);
    await gate.stop();
    await stopAll(emulators);
  };
  return {
    ...endpoints,
    gate,
    owner,
    reader,
    account,
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}

async function choosePorts({ kinesisPort, dynamodbPort, gatePort }: LabOptions) {
  if (kinesisPort !== undefined) await assertPortFree(kinesisPort, 'kinesisPort', 'kinesis-local');
  if (dynamodbPort !== undefined) await assertPortFree(dynamodbPort, 'dynamodbPort', 'DynamoDB Local');
  if (gatePort !== undefined) await assertPortFree(gatePort, 'gatePort', 'the gate');
  const [first = 0, second = 0] = await freePorts(2);
  return { kinesisPort: kinesisPort ?? first, dynamodbPort: dynamodbPort ?? second, gatePort };
}

/** All or none: when one can't be started, the others are stopped before its error is thrown. */
async function startAll(starting: Promise<Emulator>[]): Promise<Emulator[]> {
  const results = await Promise.allSettled(starting);
  const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed === undefined) return started;
  await stopAll(started).catch(() => {});
  throw failed.reason;
}

async function stopAll(emulators: Emulator[]): Promise<void> {
  const results = await Promise.allSettled(emulators.map((emulator) => emulator.stop()));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

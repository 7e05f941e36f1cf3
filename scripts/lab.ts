/** See ./scripts/lab --help. */
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { type ProfileFiles, removeProfiles, writeProfiles } from '../lab/aws-profiles.js';
import { assertOwnHost, assertPortFree } from '../lab/free-port.js';
import { type Lab, type LabOptions, putRecords, startLab } from '../lab/lab.js';
import { projectRoot } from '../lab/project-root.js';
import { sampleOrder, sampleOrders } from '../lab/sample-orders.js';
import { type SharedOrders, shareOrders } from '../lab/shared-orders.js';
import { CrossAccountKclError } from '../src/errors/errors.js';
import { ExitCode } from '../src/errors/exit-codes.js';
import { option, shellCommand, shellExport } from '../src/errors/shell-command.js';

const ORDERS = 100;
const ORDER_EVERY_MS = 1_000;
const OWNER = '111111111111';
const READER = '222222222222';
const PROFILES = { owner: 'lab-owner', reader: 'lab-reader' };
/** Variables that count more than a profile. */
const OVER_PROFILES = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_ENDPOINT_URL',
];

interface Options {
  unshared?: boolean;
  port?: number;
  host?: string;
  profiles?: string;
  organization?: string;
  vpcEndpoint?: string;
}

const options = new Command('./scripts/lab')
  .description(
    'Two AWS accounts on emulators, behind a gate that enforces their policies as AWS does: 111111111111 shares an encrypted stream with a role of 222222222222. Prints what to paste to act as either, and then every call that the gate refuses, until Ctrl-C.',
  )
  .option('--unshared', "leave out the owner's policies, for you to apply")
  .option('--port <number>', 'the port that all services are reached at (default: a free one)', toPort)
  .option(
    '--host <name>',
    'a name or address of this machine, to listen on and be reached by (default: 127.0.0.1)',
  )
  .option(
    '--profiles <folder>',
    'an existing folder for the credentials (default: one that is made)',
    toFolder,
  )
  .option(
    '--organization <id>',
    'an organization that both accounts are members of, such as o-exampleorg1',
    toOrganization,
  )
  .option(
    '--vpc-endpoint <id>',
    'a VPC endpoint that every call comes through, such as vpce-1a2b3c4d',
    toVpcEndpoint,
  )
  .configureHelp({ helpWidth: process.stdout.columns ?? 110 })
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? ExitCode.ok : ExitCode.configuration))
  .parse()
  .opts<Options>();

process.exitCode = await main();

async function main(): Promise<number> {
  const stopped = untilStopped();
  try {
    await run(stopped);
    return ExitCode.ok;
  } catch (error) {
    const known = error instanceof CrossAccountKclError;
    const remedy = known && error.remedy !== undefined ? `\n${error.remedy}` : '';
    console.error(`lab: ${known ? `${error.message}${remedy}` : (error as Error).stack}`);
    return known ? error.exitCode : ExitCode.unexpected;
  }
}

/** Aborted by the signals that end a program, and when nobody reads any more. */
function untilStopped(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort());
  process.stdout.on('error', () => stop.abort());
  return stop.signal;
}

async function run(stopped: AbortSignal): Promise<void> {
  const { port, host, profiles: folder, unshared = false } = options;
  if (port !== undefined) await assertPortFree(port, '--port', 'the lab');
  if (host !== undefined) await assertOwnHost(host, '--host');
  // Those of a lab that was killed would be taken for this one's.
  if (folder !== undefined) removeProfiles(folder);
  say('Starting two AWS accounts on emulators (kinesis-local, DynamoDB Local), and the gate before them');
  const lab = await startLab({
    ...networkOptions(),
    ...(port !== undefined && { gatePort: port }),
    gateHost: host,
    onDecision({ denial }) {
      if (denial !== undefined) say(`denied: ${denial}`);
    },
  });
  let files: ProfileFiles | undefined;
  try {
    const orders = await shareOrders(lab, { shared: !unshared });
    await putRecords(lab.owner, orders.streamArn, sampleOrders(lab.owner.id, ORDERS));
    const { endpoint } = lab.gate;
    const profile = { endpoint, region: lab.region };
    const profiles = {
      [PROFILES.owner]: { ...profile, credentials: orders.owner.credentials },
      [PROFILES.reader]: { ...profile, credentials: orders.reader.credentials },
    };
    files = writeProfiles(profiles, folder);
    say(guide(lab, orders, files, unshared));
    await keepOrdering(lab, orders.streamArn, stopped);
  } finally {
    files?.remove();
    await lab.stop();
  }
  say('Stopped; nothing is left.');
}

/** The organization and the VPC endpoint that the options name. */
function networkOptions(): LabOptions {
  const { organization: id, vpcEndpoint } = options;
  const path = `${id}/r-root/`;
  return {
    ...(id !== undefined && { organization: { id, accounts: { [OWNER]: path, [READER]: path } } }),
    ...(vpcEndpoint !== undefined && { network: { vpcEndpoint: { id: vpcEndpoint, vpc: 'vpc-lab' } } }),
  };
}

/** One order after the other until the end, so that a reader at LATEST sees some too. */
async function keepOrdering(lab: Lab, streamArn: string, stopped: AbortSignal): Promise<void> {
  const end = stopped.aborted ? Promise.resolve() : once(stopped, 'abort');
  for (let index = ORDERS; !stopped.aborted; index++) {
    await putRecords(lab.owner, streamArn, [sampleOrder(lab.owner.id, index)]);
    await Promise.race([end, sleep(ORDER_EVERY_MS)]);
  }
}

function guide(lab: Lab, orders: SharedOrders, files: ProfileFiles, unshared: boolean): string {
  const { streamArn, consumerArn, keyArn, owner, reader, fanOutApplication } = orders;
  const cli = ['node', 'dist/cli.js'];
  const read = [...option('--stream-arn', streamArn), ...option('--consumer-arn', consumerArn)];
  const share = [...read, ...option('--reader', reader.arn)];
  const change = ['--yes', ...option('--backup-dir', files.folder)];
  // With a host it is the container of compose.yaml, which has no `aws`.
  const describe =
    options.host === undefined
      ? [shellCommand(['aws', 'kinesis', 'describe-stream-summary', ...option('--stream-arn', streamArn)])]
      : [];
  const start = (environment: Record<string, string>) =>
    shellCommand([...cli, 'start'], { ...environment, HANDLER: 'build/lab/orders-handler.js' });
  return `
Endpoint  ${lab.gate.endpoint} (Kinesis, DynamoDB, KMS, STS, CloudWatch, SQS)
Stream    ${streamArn} (${ORDERS} orders, and one more each second)
Consumer  ${consumerArn}
Key       ${keyArn}
Owner     ${owner.arn} (may do everything in its account)
Reader    ${reader.arn} (its own policies let it read)

The owner's policies ${unshared ? 'do not let the reader read yet' : 'let the reader read'}. To act as the owner, paste:
${block([...actAs(PROFILES.owner, files), ...describe, shellCommand([...cli, 'policy', 'diff', ...share])])}
To act as the reader, in another terminal:
${block([...actAs(PROFILES.reader, files), ...describe])}
To read as the reader, by polling or by the consumer:
${block([
  start({ STREAM_ARN: streamArn }),
  start({ STREAM_ARN: streamArn, CONSUMER_ARN: consumerArn, APPLICATION_NAME: fanOutApplication }),
])}
To ${unshared ? 'let the reader read' : 'take the reader out'}, as the owner:
${block([shellCommand([...cli, 'policy', unshared ? 'apply' : 'remove', ...share, ...change])])}
For Lambda, which needs more: as the owner, then as the reader:
${block([
  shellCommand([...cli, 'policy', 'apply', '--for', 'lambda', ...share, ...change]),
  shellCommand([...cli, 'preflight', '--for', 'lambda', ...read]),
])}
What the gate refuses is told below. Ctrl-C ends the lab and removes the credentials in ${files.folder}.
`;
}

function actAs(profile: string, files: ProfileFiles): string[] {
  return [
    `${shellCommand(['cd', projectRoot])} && ${shellCommand(['unset', ...OVER_PROFILES])}`,
    shellExport({
      AWS_CONFIG_FILE: files.configFile,
      AWS_SHARED_CREDENTIALS_FILE: files.credentialsFile,
      AWS_PROFILE: profile,
    }),
  ];
}

function block(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}\n`).join('');
}

function toPort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError('It must be a number from 1 to 65535.');
}

function toOrganization(text: string): string {
  if (/^o-[a-z0-9]{10,32}$/.test(text)) return text;
  throw new InvalidArgumentError('It must be o- and 10 to 32 letters or digits.');
}

function toVpcEndpoint(text: string): string {
  if (/^vpce-[0-9a-f]+$/.test(text)) return text;
  throw new InvalidArgumentError('It must be vpce- and hexadecimal digits.');
}

function toFolder(text: string): string {
  if (statSync(text, { throwIfNoEntry: false })?.isDirectory()) return text;
  throw new InvalidArgumentError('It must be a folder that exists.');
}

function say(text: string): void {
  console.log(text);
}

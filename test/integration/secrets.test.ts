import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Lab, startLab } from '../../lab/lab.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import { WorkerProcess } from '../../lab/worker-process.js';
import { describeThoroughly } from '../helpers/thorough.js';
import { EchoingAws } from './helpers/echoing-aws.js';
import { sharedStream, TRANSPORTS } from './helpers/fixtures.js';
import { ask, portOf } from './helpers/operation.js';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error'];
const RECORDS = 4;
const TIMEOUT_MS = 600_000;
const ROLE = 'arn:aws:iam::111111111111:role/stream-reader';
const KCL_ROLE = 'KclStsAssumeRoleCredentialsProvider';

/** Secrets of one run: nothing of them may be found in what it writes. */
type Canary =
  | 'secretKey'
  | 'sessionToken'
  | 'roleSecret'
  | 'roleToken'
  | 'webToken'
  | 'externalId'
  | 'proxyPassword'
  | 'argument';
type Canaries = Record<Canary, string>;

interface Stage {
  readonly lab: Lab;
  readonly canaries: Canaries;
  /** Gives the role's canaries. */
  readonly sts: EchoingAws;
  /** Refuses everything, and repeats what was sent. */
  readonly refusing: EchoingAws;
  readonly folder: string;
}

/** One way to get credentials, and how the worker fares with it. */
interface Way {
  readonly name: string;
  readonly env: (stage: Stage) => Record<string, string>;
  /** It reads the records; else it fails, and this is in what it writes, so that the failure was met. */
  readonly fails?: RegExp;
  /** It lives on while it fails. */
  readonly lives?: true;
}

const none = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_EC2_METADATA_DISABLED: 'true' };
const session = ({ canaries }: Stage) => ({
  AWS_SECRET_ACCESS_KEY: canaries.secretKey,
  AWS_SESSION_TOKEN: canaries.sessionToken,
});

/** A profile that assumes a role with an external id. */
function profile(stage: Stage, sts: EchoingAws) {
  const { canaries, folder, lab } = stage;
  const file = join(folder, 'config');
  writeFileSync(
    file,
    `[profile base]\naws_access_key_id = ${lab.reader.id}\naws_secret_access_key = ${canaries.secretKey}\n` +
      `aws_session_token = ${canaries.sessionToken}\n[profile reader]\nrole_arn = ${ROLE}\nsource_profile = base\n` +
      `external_id = ${canaries.externalId}\nregion = us-east-1\n`,
  );
  return {
    ...none,
    AWS_CONFIG_FILE: file,
    AWS_SHARED_CREDENTIALS_FILE: file,
    AWS_PROFILE: 'reader',
    AWS_ENDPOINT_URL_STS: sts.endpoint,
  };
}

function webIdentity({ canaries, folder }: Stage, sts: EchoingAws) {
  const file = join(folder, 'web-token');
  writeFileSync(file, canaries.webToken);
  return {
    ...none,
    AWS_WEB_IDENTITY_TOKEN_FILE: file,
    AWS_ROLE_ARN: ROLE,
    AWS_ENDPOINT_URL_STS: sts.endpoint,
  };
}

const streamRole = (stage: Stage, sts: EchoingAws) => ({
  ...session(stage),
  STREAM_ROLE_ARN: ROLE,
  STREAM_ROLE_EXTERNAL_ID: stage.canaries.externalId,
  AWS_ENDPOINT_URL_STS: sts.endpoint,
});

const WAYS: readonly Way[] = [
  { name: 'environment', env: session },
  { name: 'profile with a role', env: (stage) => profile(stage, stage.sts) },
  { name: 'web identity', env: (stage) => webIdentity(stage, stage.sts) },
  { name: 'stream role', env: (stage) => streamRole(stage, stage.sts) },
  {
    name: "KCL's provider in the properties",
    env: (stage) => ({
      ...session(stage),
      AWS_CREDENTIALS_PROVIDER: `${KCL_ROLE}|${ROLE}|session|externalId=${stage.canaries.externalId}|extrnalId=${stage.canaries.argument}`,
      AWS_ENDPOINT_URL_STS: stage.sts.endpoint,
    }),
  },
  {
    name: 'environment, with a proxy that has a password',
    env: (stage) => ({
      ...session(stage),
      // Without a scheme it is malformed, for the AWS SDK.
      HTTPS_PROXY: `user:${stage.canaries.proxyPassword}@127.0.0.1:9`,
      JAVA_TOOL_OPTIONS: `-Dhttps.proxyPassword=${stage.canaries.proxyPassword}`,
    }),
  },
  {
    name: 'stream role that STS refuses',
    env: (stage) => streamRole(stage, stage.refusing),
    fails: /validation errors detected/,
  },
  {
    name: 'profile whose role STS refuses',
    env: (stage) => profile(stage, stage.refusing),
    fails: /validation errors detected|can't be read/,
  },
  {
    name: 'web identity that STS refuses',
    env: (stage) => webIdentity(stage, stage.refusing),
    fails: /validation errors detected|can't be read/,
  },
  {
    name: 'wrong signature',
    env: (stage) => ({ ...session(stage), KINESIS_ENDPOINT: stage.refusing.endpoint }),
    fails: /The request signature we calculated/,
  },
  {
    name: "wrong signature of KCL's own",
    env: (stage) => ({
      ...session(stage),
      AWS_CREDENTIALS_PROVIDER: 'EnvironmentVariableCredentialsProvider',
      KINESIS_ENDPOINT: stage.refusing.endpoint,
    }),
    fails: /The request signature we calculated/,
    lives: true,
  },
  {
    name: "KCL's role that STS refuses",
    env: (stage) => ({
      ...session(stage),
      AWS_CREDENTIALS_PROVIDER: `${KCL_ROLE}|${ROLE}|session|externalId=${stage.canaries.externalId}`,
      AWS_ENDPOINT_URL_STS: stage.refusing.endpoint,
    }),
    fails: /validation errors detected/,
    lives: true,
  },
  {
    name: 'provider that KCL does not know',
    env: (stage) => ({
      ...session(stage),
      AWS_CREDENTIALS_PROVIDER: `com.example.Keys|AKIAEXAMPLE|${stage.canaries.argument}`,
    }),
    fails: /Unable to construct any provider|No credentials providers/i,
  },
];

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

describe('at the level trace', () => {
  // Each way once; the transports take turns.
  const runs = WAYS.map((way, index) => ({
    way,
    transport: TRANSPORTS[index % 2] ?? 'host',
    level: 'trace',
  }));
  everyRun(runs);
});

describeThoroughly('at every level, in both transports', describe, () => {
  everyRun(
    WAYS.flatMap((way) =>
      TRANSPORTS.flatMap((transport) => LEVELS.map((level) => ({ way, transport, level }))),
    ),
  );
});

interface Run {
  readonly way: Way;
  readonly transport: string;
  readonly level: string;
}

function everyRun(runs: readonly Run[]): void {
  // Several at once: each starts a worker.
  test.concurrent.each(runs)(
    '$way.name, $transport, $level: no secret is in what is written',
    async (run) => {
      expect(await leaksOf(run)).toEqual([]);
    },
    TIMEOUT_MS,
  );
}

/** Runs a worker to its end, and names the canaries that are found in what it has written. */
async function leaksOf({ way, transport, level }: Run): Promise<string[]> {
  const { arn } = await sharedStream(lab, sampleOrders(lab.owner.id, RECORDS), 1);
  const canaries = newCanaries();
  const folder = mkdtempSync(join(tmpdir(), 'xak-secrets-'));
  const runs = join(folder, 'run');
  mkdirSync(runs);
  const given = {
    accessKeyId: lab.reader.id,
    secretAccessKey: canaries.roleSecret,
    sessionToken: canaries.roleToken,
  };
  const [sts, refusing] = [await EchoingAws.start(given), await EchoingAws.start(undefined)];
  const stage = { lab, canaries, sts, refusing, folder };
  const consumer = new WorkerProcess(lab, {
    streamArn: arn,
    env: { TRANSPORT: transport, LOG_LEVEL: level, HTTP_PORT: '0', RUN_DIRECTORY: runs, ...way.env(stage) },
  });
  try {
    const pages: string[] = [];
    const written = () => [
      ...consumer.log.map((entry) => JSON.stringify(entry)),
      consumer.stderr,
      ...pages,
      ...filesOf(runs),
    ];
    if (way.fails === undefined || way.lives) {
      const { fails } = way;
      const done = () =>
        fails ? written().some((text) => fails.test(text)) : consumer.ledger.length >= RECORDS;
      await consumer.until(fails ? 'it fails' : 'all handled', done).catch((error: unknown) => {
        if (!fails || !done()) throw error;
      });
      if (consumer.running && LEVELS.indexOf(level) <= LEVELS.indexOf('info')) {
        const port = await portOf(consumer);
        for (const path of ['/', '/metrics', '/readyz']) pages.push((await ask(port, path)).text);
      }
      if (consumer.running) await consumer.stop();
    } else {
      await consumer.ended;
      expect(written().join('\n')).toMatch(way.fails);
    }
    const text = written().join('\n');
    return Object.entries(canaries)
      .filter(([, canary]) => formsOf(canary).some((form) => text.includes(form)))
      .map(([name]) => name);
  } finally {
    await consumer.dispose();
    sts.stop();
    refusing.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function newCanaries(): Canaries {
  const canary = (name: string) => `${name}+${randomBytes(12).toString('base64url')}/canary=`;
  return {
    secretKey: canary('secret'),
    sessionToken: canary('token'),
    roleSecret: canary('role'),
    roleToken: canary('roletoken'),
    webToken: canary('web'),
    externalId: canary('external'),
    proxyPassword: randomBytes(12).toString('base64url'),
    argument: canary('argument'),
  };
}

/** Whole, encoded, and its halves, where it might be split. */
function formsOf(canary: string): string[] {
  const half = Math.ceil(canary.length / 2);
  return [
    canary.slice(0, half),
    canary.slice(half),
    encodeURIComponent(canary).slice(0, 14),
    Buffer.from(canary).toString('base64').replace(/=+$/, ''),
  ];
}

/** What a run has left there, or holds there while it runs, but for the properties, which only this user may read. */
function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'kcl.properties')
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}

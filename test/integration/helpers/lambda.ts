import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { SQSClient } from '@aws-sdk/client-sqs';
import { EventSourceMapping, type MappingOptions } from '../../../lab/event-source/event-source-mapping.js';
import { LambdaFunction } from '../../../lab/function/lambda-function.js';
import { type LedgerEntry, ledgerReader } from '../../../lab/ledger.js';
import { projectRoot } from '../../../lab/project-root.js';
import { READER, type Share } from '../../matrix/helpers/share.js';

/** Runs scripts/build-lambda as a user does. @returns the bundle's path, in a folder of its own */
export async function buildLambda(handler: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'xak-lambda-'));
  const script = join(projectRoot, 'build', 'scripts', 'build-lambda.js');
  const source = join(projectRoot, 'test', 'integration', 'handlers', `${handler}.ts`);
  const env = { ...process.env, HANDLER: source };
  await promisify(execFile)(process.execPath, [script, '--out', folder], { env });
  return join(folder, 'index.mjs');
}

export interface LambdaOptions {
  readonly bundle: string;
  readonly env?: Record<string, string>;
  readonly timeoutMs?: number;
  readonly mapping?: Partial<MappingOptions>;
}

/** The function and its event source mapping, as the execution role whose policies are in force. */
export class LambdaReader {
  readonly function: LambdaFunction;
  readonly mapping: EventSourceMapping;
  readonly #folder = mkdtempSync(join(tmpdir(), 'xak-ledger-'));
  readonly #ledgerFile = join(this.#folder, 'ledger');
  readonly #readLedger = ledgerReader(this.#ledgerFile);
  readonly #clients: { kinesis: ReturnType<Share['client']>; sqs: SQSClient };

  /** @param credentials of the role, as Share.putInForce() gives them */
  constructor(
    share: Share,
    credentials: Record<string, string>,
    { bundle, env = {}, timeoutMs = 60_000, mapping = {} }: LambdaOptions,
  ) {
    this.function = new LambdaFunction({
      arn: `arn:aws:lambda:${share.lab.region}:${READER.account}:function:orders`,
      roleArn: READER.arn,
      bundle,
      timeoutMs,
      env: {
        ...credentials,
        STREAM_ARN: share.streamArn,
        ...(share.consumerArn && { CONSUMER_ARN: share.consumerArn }),
        MAX_ATTEMPTS: '1',
        LEDGER_FILE: this.#ledgerFile,
        ...env,
      },
    });
    const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_SESSION_TOKEN = '' } = credentials;
    const sqs = new SQSClient({
      region: share.lab.region,
      endpoint: share.lab.gate.endpoint,
      useQueueUrlAsEndpoint: false,
      credentials: {
        accessKeyId: AWS_ACCESS_KEY_ID,
        secretAccessKey: AWS_SECRET_ACCESS_KEY,
        sessionToken: AWS_SESSION_TOKEN,
      },
    });
    this.#clients = { kinesis: share.client(credentials), sqs };
    this.mapping = new EventSourceMapping({
      eventSourceArn: share.consumerArn ?? share.streamArn,
      function: this.function,
      clients: this.#clients,
      ...mapping,
    });
  }

  get ledger(): LedgerEntry[] {
    return this.#readLedger();
  }

  /** What the function logged, as JSON. */
  get log(): Record<string, unknown>[] {
    return this.function.log.flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
  }

  /** @throws Error if the mapping ends before, or after a minute */
  async until(what: string, holds: () => boolean): Promise<void> {
    const deadline = Date.now() + 100_000;
    let end: Error | undefined;
    this.mapping.ended.then(
      () => {
        end = new Error('the mapping has ended');
      },
      (error: Error) => {
        end = error;
      },
    );
    while (!holds()) {
      if (end !== undefined) throw end;
      if (Date.now() > deadline)
        throw new Error(`${what}: not within 100 s\n${this.function.log.join('\n')}`);
      await sleep(25);
    }
  }

  async dispose(): Promise<void> {
    await this.mapping.stop();
    await this.function.delete();
    for (const client of Object.values(this.#clients)) client.destroy();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

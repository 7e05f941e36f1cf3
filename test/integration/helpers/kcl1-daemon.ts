import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LedgerEntry, ledgerReader } from '../../../lab/ledger.js';
import { projectRoot } from '../../../lab/project-root.js';
import { toPropertiesText } from '../../../src/worker/launcher-properties.js';

export const KCL1 = join(projectRoot, 'launcher-kcl1', 'target');
/** What `java` is given to run launcher-kcl1, and the unmodified daemon from the same jars. */
export const OURS = ['-jar', join(KCL1, 'launcher.jar')] as const;
export const STOCK = [
  '-cp',
  join(KCL1, 'lib', '*'),
  'com.amazonaws.services.kinesis.multilang.MultiLangDaemon',
] as const;

/** A daemon of KCL 1.15, with our child noting each record in a ledger. */
export class Kcl1Daemon {
  readonly ended: Promise<number | null>;
  /** Of both stdout and stderr. */
  output = '';
  readonly #child: ChildProcess;
  readonly #folder = mkdtempSync(join(tmpdir(), 'xak-kcl1-'));
  readonly #ledgerFile = join(this.#folder, 'ledger.jsonl');
  readonly #readLedger = ledgerReader(this.#ledgerFile);

  constructor(
    program: readonly string[],
    properties: Record<string, string>,
    env: Record<string, string | undefined>,
    options: readonly string[] = ['-Dfile.encoding=UTF-8'],
  ) {
    const file = join(this.#folder, 'kcl1.properties');
    writeFileSync(
      file,
      toPropertiesText({
        executableName: `${process.execPath} ${join(projectRoot, 'dist', 'worker', 'multilang', 'child.js')}`,
        AWSCredentialsProvider: 'DefaultAWSCredentialsProviderChain',
        initialPositionInStream: 'TRIM_HORIZON',
        metricsLevel: 'NONE',
        shutdownGraceMillis: '30000',
        // Leases are taken every two times as long, and anew after a stop.
        failoverTimeMillis: '2000',
        ...properties,
      }),
    );
    this.#child = spawn('java', [...options, ...program, file], {
      env: {
        ...process.env,
        STREAM_ARN: undefined,
        HANDLER: join(projectRoot, 'build', 'lab', 'ledger-handler.js'),
        LEDGER_FILE: this.#ledgerFile,
        LOG_FORMAT: 'json',
        // kinesis-local's CBOR has data as text, which version 1 of the SDK for Java can't read.
        AWS_CBOR_DISABLE: '1',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
    this.ended = new Promise((resolve) => this.#child.once('close', resolve));
  }

  get ledger(): LedgerEntry[] {
    return this.#readLedger();
  }

  /** Waits until the condition holds. @throws Error with the end of the log if the daemon ends or the time is up. */
  async until(what: string, holds: () => boolean): Promise<void> {
    const deadline = Date.now() + 90_000;
    while (!holds()) {
      if (this.#child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`${what}: it did not come so far\n${this.output.slice(-8_000)}`);
      }
      await sleep(50);
    }
  }

  /** SIGTERM, and the exit code. */
  stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    return this.ended;
  }

  async dispose(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

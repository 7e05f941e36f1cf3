import { constants } from 'node:os';
import type { StreamArn } from '../aws/arn.js';
import type { LoadedConfig } from '../config/load.js';
import { ConfigurationError } from '../errors/errors.js';
import type { Check, CheckId } from '../preflight/check.js';
import { openPreflight } from '../preflight/from-config.js';
import { allChecks, preflight } from '../preflight/preflight.js';
import type { CheckReport, PreflightReport } from '../preflight/report.js';
import type { RunOptions } from '../preflight/runner.js';
import { readJavaCredentials } from '../worker/java-credentials.js';
import { checkJvmProxy } from '../worker/network-properties.js';
import { type ConfigOptions, loadFrom } from './config-options.js';
import { LiveLine } from './live-line.js';
import { checkReader, type ReaderOptions } from './preflight-options.js';
import { exitCodeOf, missingOf, type PreflightOutput, renderPreflight } from './preflight-output.js';
import { untilPassed } from './preflight-wait.js';

export interface PreflightOptions extends ConfigOptions, ReaderOptions {
  subscribe: boolean;
  output: PreflightOutput;
  timeout?: number;
  only?: CheckId[];
  skip?: CheckId[];
  strict?: boolean;
  wait?: number;
  kclJars?: string;
  explain?: CheckId;
}

/** @returns the exit code @throws ConfigurationError */
export async function runPreflight(options: PreflightOptions): Promise<number> {
  // Not by the signal itself, which would leave the directory that java-credentials makes.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  }
  const loaded = loadFrom(options);
  const { config, notices } = loaded;
  checkReader(config, options);
  if (options.kclJars !== undefined && options.for === 'lambda') {
    throw new ConfigurationError([{ key: '--kcl-jars', message: 'is for KCL: Lambda has none' }]);
  }
  for (const notice of notices) process.stderr.write(`cross-account-kcl: ${notice}\n`);
  if (config.javaCredentials && options.for === 'kcl') process.stderr.write(OF_JAVA);
  if (options.for === 'kcl') await checkJvmProxy(loaded);
  const { output, strict = false, wait } = options;
  const live = new LiveLine(process.stderr);
  const proven = new ProvenSubscriptions();
  const round = async () => proven.keep(await oneRound(loaded, options, live, proven));
  const missing = (report: PreflightReport) => missingOf(report, strict);
  const report = wait === undefined ? await round() : await untilPassed(round, missing, wait, live);
  const { columns = 110 } = process.stdout;
  const colors = process.stdout.isTTY && process.stdout.hasColors();
  process.stdout.write(renderPreflight(report, output, { columns, colors }));
  return exitCodeOf(report, strict);
}

const OF_JAVA =
  "cross-account-kcl: KCL's credentials or endpoints are set for Java alone: what follows is of the default chain of this process\n";

/** With new clients each time, so that credentials that came meanwhile are found. */
async function oneRound(
  loaded: LoadedConfig,
  options: PreflightOptions,
  live: LiveLine,
  proven: ProvenSubscriptions,
): Promise<PreflightReport> {
  const { for: readerType, reader, subscribe, timeout, only, skip, kclJars } = options;
  const { request, close } = openPreflight(loaded.config, {
    for: readerType,
    reader,
    kclJars,
    // Of the jars of another application nothing is started.
    askJava: kclJars === undefined ? (signal) => readJavaCredentials(loaded, signal) : undefined,
    leaveOutSubscribe: subscribe ? (stream) => proven.leaveOut(stream) : 'it was left out (--no-subscribe)',
  });
  try {
    const ids = allChecks(request).checks.map(({ id }) => id);
    if (only && !ids.some((id) => only.includes(id as CheckId))) {
      const message = `nothing is left to check: here there is no ${only.join(', ')}, only ${ids.join(', ')}`;
      throw new ConfigurationError([{ key: '--only', message }]);
    }
    const running = new Set<Check>();
    let ended = 0;
    const show = () =>
      live.show(`${ended} checks done; at work: ${[...running].map(({ id }) => id).join(', ')}`);
    const run: RunOptions = {
      onBegin(check) {
        running.add(check);
        show();
      },
      onEnd({ check }) {
        running.delete(check);
        ended++;
        show();
      },
      ...(timeout !== undefined && { timeoutMs: timeout }),
      ...(only && { only }),
      ...(skip && { skip }),
    };
    return await preflight(request, run);
  } finally {
    live.clear();
    close();
  }
}

const ID: CheckId = 'subscribe';
const PROVEN = 'it passed in an earlier round';

/** The streams that a round has subscribed to: no later round subscribes again, which could take the shard from a reader. */
export class ProvenSubscriptions {
  /** By the stream's ARN; by nothing where the report is of one stream. */
  readonly #passed = new Map<string, CheckReport>();

  /** Why not to subscribe. */
  leaveOut({ arn }: StreamArn): string | undefined {
    return this.#passed.has(arn) || this.#passed.has('') ? PROVEN : undefined;
  }

  /** The report of a round, with what earlier rounds have proven. */
  keep(report: PreflightReport): PreflightReport {
    const checks = report.checks.map((check) => {
      const { id, status, message, stream = '' } = check;
      if (id !== ID) return check;
      if (status === 'passed') this.#passed.set(stream, check);
      return message === PROVEN ? (this.#passed.get(stream) ?? check) : check;
    });
    return { ...report, checks };
  }
}

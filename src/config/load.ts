import type * as z from 'zod';
import type { ConsumerArn, StreamArn } from '../aws/arn.js';
import { ConfigurationError, type ConfigurationProblem } from '../errors/errors.js';
import { contradictions, malformed, unreadable } from './problems.js';
import { configKeys, schema } from './schema.js';
import { fromEnvironment, fromFile, fromFlags, type Given, type Source } from './sources.js';

type Values = z.output<typeof schema>;
type Replaced = 'streamArn' | 'consumerArn' | 'awsCredentialsProvider' | 'initialPositionInStream';

/** The configuration with everything resolved. It holds no credentials: it may be logged. */
export interface ConsumerConfig extends Omit<Values, Replaced> {
  stream: StreamArn;
  consumer: ConsumerArn | undefined;
  retrievalMode: 'POLLING' | 'FANOUT';
  applicationName: string;
  regionName: string;
  /** Undefined when initialPositionInStreamExtended is given instead. */
  initialPositionInStream: Values['initialPositionInStream'] | undefined;
  varianceBalancingFrequency: number;
}

export interface ConfigInput {
  /** Path of a Java .properties file. */
  file?: string | undefined;
  /** Values of the flags, named as commander does: streamArn for --stream-arn. */
  flags: Record<string, string | undefined>;
  /** Assignments `key=value` of any key, stock ones included. */
  set?: readonly string[] | undefined;
  env: NodeJS.ProcessEnv;
}

export interface LoadedConfig {
  config: ConsumerConfig;
  /** What the launcher reads: the stock keys that are given, our defaults and `streamArn`. May hold credentials. */
  kclProperties: Record<string, string>;
  /** What the user should know, although nothing is wrong. */
  notices: string[];
  /** The given keys, each as the user wrote it and with its source. */
  sources: Record<string, string>;
}

/**
 * Reads the configuration: flags over environment over file over defaults.
 *
 * @throws ConfigurationError with everything that is wrong
 */
export function loadConfig({ file, flags, set = [], env }: ConfigInput): LoadedConfig {
  const levels = [fromEnvironment(env), fromFlags(flags, set)];
  if (file !== undefined) levels.unshift(fromFile(file));
  const problems = levels.flatMap((level) => level.problems);
  const given = merge(levels, problems);
  const notices = takeDropped(given);
  const streamName = take(given, 'streamName');

  const texts = textsOf(
    given,
    (key) => key in schema.shape,
    (text) => text.trim(),
  );
  const values = schema.safeParse(texts);
  problems.push(...unreadable(values.error?.issues ?? [], given));
  problems.push(...malformed(given), ...contradictions(texts, given, streamName));
  if (!values.success || problems.length > 0) throw new ConfigurationError(problems);

  const { streamArn: stream, consumerArn: consumer, awsCredentialsProvider: _, ...rest } = values.data;
  const config: ConsumerConfig = {
    ...rest,
    stream,
    consumer,
    applicationName: rest.applicationName ?? `cross-account-kcl-${stream.account}-${stream.streamName}`,
    regionName: rest.regionName ?? stream.region,
    retrievalMode: rest.retrievalMode ?? (consumer ? 'FANOUT' : 'POLLING'),
    initialPositionInStream: given.has(EXTENDED) ? undefined : rest.initialPositionInStream,
    varianceBalancingFrequency:
      rest.varianceBalancingFrequency ?? Math.max(1, Math.round(60_000 / rest.leaseAssignmentIntervalMillis)),
  };
  const kclProperties = {
    ...textsOf(given, (key) => !(key in schema.shape)),
    ...ourProperties(config, texts, given),
  };
  const sources = Object.fromEntries([...given].map(([key, { label }]) => [key, label]));
  return { config, kclProperties, notices, sources };
}

const EXTENDED = 'initialPositionInStreamExtended';

/** Later levels win. The two ways to say the initial position are one key: KCL takes whichever it meets last. */
function merge(levels: Source[], problems: ConfigurationProblem[]): Map<string, Given> {
  const merged = new Map<string, Given>();
  for (const { given } of levels) {
    const position = given.get('initialPositionInStream');
    const extended = given.get(EXTENDED);
    if (position) merged.delete(EXTENDED);
    if (extended) merged.delete('initialPositionInStream');
    if (position && extended) {
      problems.push({ key: position.label, message: `contradicts ${extended.label}; give one of them` });
    }
    for (const [key, value] of given) merged.set(key, value);
  }
  return merged;
}

function takeDropped(given: Map<string, Given>): string[] {
  const dropped = ['executableName', 'processingLanguage'].map((key) => take(given, key));
  return dropped.flatMap((value) =>
    value ? [`${value.label} is ignored: the launcher starts Node itself`] : [],
  );
}

function take(given: Map<string, Given>, key: string): Given | undefined {
  const value = given.get(key);
  given.delete(key);
  return value;
}

function textsOf(given: Map<string, Given>, keep: (key: string) => boolean, edit = (text: string) => text) {
  const kept = [...given.values()].filter(({ key }) => keep(key));
  return Object.fromEntries(kept.map(({ key, text }): [string, string] => [key, edit(text)]));
}

/** The schema's KCL keys, as texts: what the user wrote, else what was resolved, else the default. */
function ourProperties(config: ConsumerConfig, texts: Record<string, string>, given: Map<string, Given>) {
  const { applicationName, regionName, retrievalMode, varianceBalancingFrequency } = config;
  const resolved: Record<string, unknown> = {
    applicationName,
    regionName,
    retrievalMode,
    varianceBalancingFrequency,
  };
  const leaveOut = new Set<string>();
  if (given.has(EXTENDED)) leaveOut.add('initialPositionInStream');
  // KCL fails when a provider is given both by name and by properties.
  const byProperties = [...given.keys()].some((key) => /^kinesisCredentialsProvider\W/.test(key));
  if (byProperties && !given.has('awsCredentialsProvider')) leaveOut.add('awsCredentialsProvider');
  const properties: Record<string, string> = {};
  for (const { key, kcl, default: text } of configKeys) {
    const value = texts[key] ?? resolved[key] ?? text;
    if (kcl && value !== undefined && !leaveOut.has(key)) properties[key] = String(value);
  }
  return properties;
}

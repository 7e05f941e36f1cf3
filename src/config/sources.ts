import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Pair, parseLines } from 'dot-properties';
import type { ConfigurationProblem } from '../errors/errors.js';
import { MADE_BY_DOCKER } from '../errors/no-file.js';
import { configKeys, environmentName, flagName, NUMBERED_KEY } from './config-keys.js';
import { type Given, nearest } from './problems.js';
import { beanName, isStockKey, stockKeys } from './stock-keys.js';

/** What one source gives, by key, and what is wrong with how it gives it. */
export interface Source {
  given: Map<string, Given>;
  problems: ConfigurationProblem[];
}

/** Kubernetes gives every container such variables for each Service of its namespace; one may be named kcl, or streams-1. */
const OF_A_KUBERNETES_SERVICE = /^(KCL|STREAMS_\d+)_(SERVICE_(HOST|PORT)|PORT)(_|$)/;
const names = new Set<string>([...configKeys.map(({ key }) => key), ...stockKeys.keys()]);
const perStream: readonly string[] = configKeys.filter((key) => key.perStream).map(({ key }) => key);
const flags = new Map(configKeys.map(({ key, flag }) => [flag, key]));
const environment = new Map<string, string>([
  ...configKeys.map(({ key, environment }) => [environment, key] as const),
  ...[...stockKeys.keys()].map((key) => [`KCL_${environmentName(key)}`, key] as const),
]);

export function fromFile(path: string): Source {
  const source = emptySource();
  let content: string;
  try {
    // The parser knows no lone carriage return, which ends a line for Java.
    content = decode(readFileSync(path)).replace(/\r\n?/g, '\n');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const docker = code === 'EISDIR' ? `. ${MADE_BY_DOCKER}` : '';
    source.problems.push({ key: path, message: `can't be read: ${message}${docker}` });
    return source;
  }
  let number = 1;
  let counted = 0;
  for (const line of parseLines(content, true)) {
    if (!(line instanceof Pair)) continue;
    const [start = 0, , , end] = line.range ?? [];
    number += content.slice(counted, start).match(/\n/g)?.length ?? 0;
    counted = start;
    const label = `${line.key} (${basename(path)}, line ${number})`;
    if (MALFORMED.test(content.slice(start, end))) {
      source.problems.push({
        key: label,
        message: 'has a \\u without four hexadecimal digits; write \\\\ for a backslash',
      });
    } else add(source, line.key, line.value, label);
  }
  return source;
}

/** What `Properties.load` refuses, and the parser takes for a `u`: C:\users. */
const MALFORMED = /(?<!\\)(?:\\\\)*\\u(?![0-9a-fA-F]{4})/;

export function fromEnvironment(env: NodeJS.ProcessEnv): Source {
  const source = emptySource();
  for (const [name, text] of Object.entries(env)) {
    const key = environment.get(name) ?? numberedKey(name);
    const label = `${key ?? name} (environment ${name})`;
    if (key !== undefined) add(source, key, text ?? '', label);
    else if (/^(KCL|STREAMS_\d+)_/.test(name) && !OF_A_KUBERNETES_SERVICE.test(name))
      source.problems.push(
        unknown(name, `environment ${name}`, [...environment.keys(), ...numberedNames(name)]),
      );
  }
  return source;
}

/** STREAMS_1_STREAM_ARN → streams.1.streamArn */
function numberedKey(name: string): string | undefined {
  const prefix = /^STREAMS_(\d+)_/.exec(name);
  const key = prefix && perStream.find((known) => environmentName(known) === name.slice(prefix[0].length));
  return key ? `streams.${prefix[1]}.${key}` : undefined;
}

function numberedNames(name: string): string[] {
  const [prefix] = /^STREAMS_\d+_/.exec(name) ?? [];
  return prefix === undefined ? [] : perStream.map((key) => prefix + environmentName(key));
}

export function fromFlags(options: Record<string, string | undefined>, set: readonly string[]): Source {
  const source = emptySource();
  for (const [option, text] of Object.entries(options)) {
    const flag = flagName(option);
    const key = flags.get(flag);
    if (key === undefined) source.problems.push(unknown(flag, flag, flags.keys()));
    else if (text !== undefined) add(source, key, text, flag);
  }
  for (const assignment of set) {
    const at = assignment.indexOf('=');
    const key = assignment.slice(0, at).trim();
    if (at > 0) add(source, key, assignment.slice(at + 1), `--set ${key}`);
    else source.problems.push({ key: '--set', message: 'expected key=value' });
  }
  return source;
}

function emptySource(): Source {
  return { given: new Map(), problems: [] };
}

function add({ given, problems }: Source, written: string, text: string, label: string): void {
  const key = beanName(written);
  const other = given.get(key);
  const [, number, ofStream = ''] = NUMBERED_KEY.exec(key) ?? [];
  const numbered = perStream.includes(ofStream);
  if (number !== undefined && !numbered)
    problems.push(
      unknown(
        key,
        label,
        perStream.map((known) => `streams.${number}.${known}`),
      ),
    );
  else if (!numbered && !names.has(key) && !isStockKey(key)) problems.push(unknown(key, label, names));
  else if (text.trim() === '')
    problems.push({ key: label, message: 'is empty; give a value or leave the key out' });
  else if (other) problems.push({ key: label, message: `is given twice; the other is ${other.label}` });
  else given.set(key, { key, text, label });
}

function unknown(name: string, label: string, candidates: Iterable<string>): ConfigurationProblem {
  const near = nearest(name, candidates);
  return { key: label, message: near ? `is unknown; did you mean ${near}?` : 'is unknown' };
}

/** UTF-8, or else Latin-1 as in `Properties.load`: the rule of Java's PropertyResourceBundle. */
function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { KCLPY_FOLDER } from './peers/java-peers.js';

export interface Machine {
  cpu: string;
  cores: number;
  memoryGiB: number;
  kernel: string;
  /** Of the last minute before the start: what else the machine does. */
  loadAverage: number;
}

export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: `${type()} ${release()}`,
    loadAverage: loadavg()[0] ?? Number.NaN,
  };
}

/** Of all that is measured; 'not installed' for what is not there. */
export function versions(root: string): Record<string, string> {
  const jar = (artifact: string, folder = 'launcher/target/lib') =>
    namesIn(join(root, folder))
      .map((name) => new RegExp(`^${artifact}-(\\d[\\w.]*)\\.jar$`).exec(name)?.[1])
      .find(Boolean);
  const found: Record<string, string | undefined> = {
    'cross-account-kcl': packageVersion(join(root, 'package.json')),
    node: process.version,
    java: output('java', ['-version']),
    python: output('python3', ['--version']),
    'amazon-kinesis-client': jar('amazon-kinesis-client'),
    'amazon-kinesis-client-multilang': jar('amazon-kinesis-client-multilang'),
    'AWS SDK for Java': jar('kinesis'),
    '@aws-sdk/client-kinesis': packageVersion(
      join(root, 'node_modules/@aws-sdk/client-kinesis/package.json'),
    ),
    'aws-kcl': packageVersion(join(root, 'node_modules/aws-kcl/package.json')),
    amazon_kclpy: /-([\d.]+)$/.exec(KCLPY_FOLDER)?.[1],
    'lifion-kinesis': packageVersion(join(root, 'bench/peers/node_modules/lifion-kinesis/package.json')),
    'DynamoDB Local': jar('DynamoDBLocal', 'lab/target/dynamodb-local'),
    'kinesis-local': packageVersion(join(root, 'node_modules/kinesis-local/package.json')),
  };
  return Object.fromEntries(
    Object.entries(found).map(([name, version]) => [name, version ?? 'not installed']),
  );
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // it is not built
  }
}

function packageVersion(file: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
  } catch {
    return undefined;
  }
}

/** The first line of what it says of itself, on stdout or, as Java does, on stderr. */
function output(command: string, args: readonly string[]): string | undefined {
  try {
    const text = execFileSync('/bin/sh', ['-c', '"$@" 2>&1', command, command, ...args], {
      encoding: 'utf8',
    });
    return text.split('\n')[0];
  } catch {
    return undefined;
  }
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConfigInput, type LoadedConfig, loadConfig } from '../../src/config/load.js';
import { ConfigurationError, type ConfigurationProblem } from '../../src/errors/errors.js';

export const STREAM = 'arn:aws:kinesis:eu-west-1:111122223333:stream/orders';

export interface Inputs extends Partial<ConfigInput> {
  /** Text of consumer.properties. */
  properties?: string | Buffer;
}

/** Loads the configuration from a file of that text, and from nothing else that is not given. */
export function load({ properties, ...input }: Inputs): LoadedConfig {
  const folder = mkdtempSync(join(tmpdir(), 'config-'));
  try {
    const file = join(folder, 'consumer.properties');
    if (properties !== undefined) writeFileSync(file, properties);
    const given = properties === undefined ? {} : { file };
    return loadConfig({ flags: {}, env: {}, ...given, ...input });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The same with the stream's ARN as a flag. */
export function loadWithArn({ flags, ...input }: Inputs): LoadedConfig {
  return load({ ...input, flags: { streamArn: STREAM, ...flags } });
}

export function problemsOf(run: () => unknown): readonly ConfigurationProblem[] {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configKeys } from '../../src/config/config-keys.js';
import { type LoadedConfig, loadConfig } from '../../src/config/load.js';
import { beanName } from '../../src/config/stock-keys.js';
import { ConfigurationError } from '../../src/errors/errors.js';
import { toPropertiesText } from '../../src/worker/launcher-properties.js';
import { atEnd, fuzz } from './helpers/fuzz.js';
import { loadAsJava } from './helpers/java-properties.js';
import { mutate } from './helpers/mutate.js';
import type { Random } from './helpers/random.js';

/** In memory, where there is such a folder: to write a million files to a disk takes longer than all else. */
const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'xak-fuzz-'));
atEnd(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'consumer.properties');

const ARN = 'arn:aws:kinesis:eu-west-1:111122223333:stream/orders';
/** Both ways of one, so that names and values are as often right as wrong. */
const LINES = [
  'workerId = a worker',
  'tableName: leases\\\n    -of-orders',
  'initialPositionInStream = LATEST',
  'maxRecords = 100',
  '# a comment',
  '! another \\',
  'kinesisClient.apiCallTimeout=PT5S',
  'streams.1.streamArn = arn:aws:kinesis:eu-west-1:111122223333:stream/other',
  'streams.2.initialPositionInStream LATEST',
  'awscredentialsprovider = DefaultCredentialsProvider',
  'workerId = C:\\\\users\\\\caf\\u00e9\\t',
  'clientVersionConfig = CLIENT_VERSION_CONFIG_COMPATIBLE_WITH_2X',
  '__proto__ = x',
  'constructor=y',
] as const;
const UNITS = [
  ...[' ', '\\', ':', '=', '#', '!', '\n', '\r', '\r\n', '\t', '\f', 'u', 'é', '漢', '😀', '\u2028', '\0'],
  ...['\\u0041', '\\u00', '\\\n', '\\\r\n', '\ud800', 'a', '"'],
];

function text(random: Random, maxLength = 12): string {
  return random.list(maxLength, () => random.pick(UNITS)).join('');
}

function properties(random: Random): string {
  const lines = random.list(5, () => {
    if (random.onceIn(4)) return `workerId = ${text(random)}`;
    if (random.onceIn(4)) return text(random);
    if (random.onceIn(6)) return `${random.pick(KEYS)} = ${random.pick(VALUES)}`;
    return random.pick(LINES);
  });
  return [`streamArn = ${ARN}`, ...lines].join(random.pick(['\n', '\r\n', '\r']));
}
const KEYS = configKeys.map(({ key }) => key);
const VALUES = [
  '',
  '0',
  '1',
  '-1',
  '1e400',
  '99999999999999999999',
  'true',
  'auto',
  'NaN',
  ARN,
  'x',
  '"',
] as const;

/** The problems that there are as one end; any other error than ConfigurationError falls through. */
function load(): LoadedConfig | undefined {
  try {
    return loadConfig({ file, flags: {}, env: {} });
  } catch (error) {
    if (error instanceof ConfigurationError && error.problems.length > 0) return undefined;
    throw error;
  }
}

/** A configuration means what Java reads in the same file; where Java refuses the file, so do we. */
function endOf(bytes: Buffer): string {
  writeFileSync(file, bytes);
  const loaded = load();
  if (loaded === undefined) return 'refused';
  const java = loadAsJava(bytes.toString());
  if (java === undefined) throw new Error(`Java refuses what was taken: ${JSON.stringify(bytes.toString())}`);
  const given = new Map([...java].map(([key, value]) => [beanName(key), value.trim()]));
  for (const [key, value] of Object.entries(loaded.kclProperties)) {
    const expected = given.get(key);
    if (expected !== undefined && expected !== value.trim()) {
      throw new Error(`${key} is ${JSON.stringify(value)}; Java reads ${JSON.stringify(expected)}`);
    }
    if (expected === undefined && key in loaded.sources) throw new Error(`Java does not see ${key}`);
  }
  for (const key of given.keys()) {
    if (!(key in loaded.sources) && !DROPPED.includes(key)) throw new Error(`${key} was left out`);
  }
  return `a configuration of ${Object.keys(loaded.sources).length} keys`;
}
const DROPPED = ['executableName', 'processingLanguage'];

fuzz('properties: a file ends in a configuration, as Java reads it, or in ConfigurationError', (random) =>
  endOf(Buffer.from(properties(random))),
);

fuzz('properties: a mutated file does too', (random) =>
  endOf(Buffer.from(mutate(Buffer.from(properties(random)), random).toString())),
);

fuzz('properties: random bytes end in ConfigurationError', (random) => {
  writeFileSync(file, random.bytes(60));
  if (load() !== undefined) throw new Error('a configuration without a stream');
  return random.onceIn(2) ? 'refused' : 'refused too';
});

fuzz('properties: what is written is what Java reads', (random) => {
  const written = Object.fromEntries(random.list(6, () => [text(random, 6), text(random)]));

  const read = loadAsJava(toPropertiesText(written));

  const back = JSON.stringify(read && Object.fromEntries(read));
  if (back !== JSON.stringify(written)) throw new Error(`${JSON.stringify(written)} was read as ${back}`);
  return `${Object.keys(written).length} keys`;
});

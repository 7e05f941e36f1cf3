import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { projectRoot, withKeyTable } from '../../scripts/config-docs.js';
import { configKeys } from '../../src/config/config-keys.js';
import { loadConfig } from '../../src/config/load.js';
import { stockKeys } from '../../src/config/stock-keys.js';

const ARN = 'arn:aws:kinesis:eu-west-1:111122223333:stream/orders';
const samples = readdirSync(join(projectRoot(), 'properties')).map((name) =>
  join(projectRoot(), 'properties', name),
);
/** The `key = value` lines, those that are commented out included; `<…>` stands for a value that is no default. */
const uncommented = (text: string) => text.replaceAll(/^#(\w+ = )/gm, '$1');

test.each(samples.map((path) => [basename(path), path]))('%s can be used', (name, file) => {
  // That of KCL 1.x has its stream from the environment, for the daemon as for its children.
  const env = name.startsWith('kcl-1') ? { STREAM_ARN: ARN } : {};
  expect(loadConfig({ file, flags: {}, env }).config.streams[0].stream.streamName).toBe('orders');
});

test('what consumer.properties shows as a default is the default', () => {
  const file = join(projectRoot(), 'properties', 'consumer.properties');
  const set = uncommented(readFileSync(file, 'utf8'))
    .split('\n')
    .filter((line) => /^\w+ = [^<]/.test(line))
    .map((line) => line.replace(' = ', '='));
  const plain = loadConfig({ file, flags: {}, env: {} });

  expect(set.length).toBeGreaterThan(10);
  const shown = loadConfig({ flags: {}, env: {}, set });
  expect(shown.config).toEqual(plain.config);
  expect(shown.kclProperties).toMatchObject(plain.kclProperties);
});

test.each(samples.map((path) => [basename(path), path]))(
  'what %s leaves commented out is the default',
  (name, file) => {
    const env = name.startsWith('kcl-1') ? { STREAM_ARN: ARN } : {};
    const set = [...readFileSync(file, 'utf8').matchAll(/^#(\w+) = ([^<\n]+)$/gm)].map(
      ([, key, value]) => `${key}=${value}`,
    );
    const plain = loadConfig({ file, flags: {}, env });
    const shown = loadConfig({ file, flags: {}, env, set });

    expect(shown.config).toEqual(plain.config);
    expect(shown.kclProperties).toMatchObject(plain.kclProperties);
  },
);

test.each([
  ['stock.properties', []],
  // KCL 1 has metrics for every shard with DETAILED, and names of its own for the providers.
  ['kcl-1.x.properties', ['metricsLevel']],
])('%s gives the stock daemon our defaults', (name, others) => {
  const file = join(projectRoot(), 'properties', name);
  const ours = loadConfig({ flags: { streamArn: ARN }, env: {} });
  const given = loadConfig({ file, flags: {}, env: { STREAM_ARN: ARN } });
  const keys = Object.keys(given.sources).filter((key) => key in ours.kclProperties && !others.includes(key));

  expect(keys).toContain('shutdownGraceMillis');
  const pick = ({ kclProperties }: typeof ours) => keys.map((key) => `${key} = ${kclProperties[key]}`);
  expect(pick(given)).toEqual(pick(ours));
});

test('the headings of docs/configuration.md have the defaults', () => {
  const text = readFileSync(join(projectRoot(), 'docs', 'configuration.md'), 'utf8');
  const { config, kclProperties } = loadConfig({ flags: { streamArn: ARN }, env: {} });
  const headings = [...text.matchAll(/^### (\w+): (\w+)/gm)];

  expect(headings.length).toBeGreaterThan(4);
  for (const [, key = '', shown] of headings) {
    const value = kclProperties[key] ?? { ...config }[key] ?? defaultTextOf(key);
    expect(`${key}: ${shown}`).toBe(`${key}: ${value}`);
  }
});

function defaultTextOf(name: string): string | undefined {
  return configKeys.find(({ key }) => key === name)?.defaultText?.replaceAll('`', '');
}

test("the launcher's settings are the keys that the schema marks for it", () => {
  const file = 'launcher/src/main/java/crossaccountkcl/run/LauncherSettings.java';
  const java = readFileSync(join(projectRoot(), file), 'utf8');
  const inJava = [...java.matchAll(/PREFIX \+ "(\w+)"/g)].map(([, key]) => key);
  const transports = ['childCommand', 'socketPath'];

  const marked = configKeys.flatMap(({ key, launcher }) => (launcher ? [key] : []));
  expect(inJava.sort()).toEqual([...marked, ...transports].sort());
});

test('stock.properties tells that the stock daemon ignores the account', () => {
  const file = join(projectRoot(), 'properties', 'stock.properties');

  expect(readFileSync(file, 'utf8')).toMatch(/WARNING.*ignores the account/);
  expect(loadConfig({ file, flags: {}, env: {} }).notices).toHaveLength(2);
});

test('docs/configuration.md is up to date: node build/scripts/config-docs.js', () => {
  const text = readFileSync(join(projectRoot(), 'docs', 'configuration.md'), 'utf8');

  expect(text).toBe(withKeyTable(text));
});

test('every KCL key of the schema is a stock key', () => {
  const unknown = configKeys.filter(({ key, kcl }) => kcl && !stockKeys.has(key));

  expect(unknown.map(({ key }) => key)).toEqual([]);
});

test('names are derived', () => {
  expect(configKeys.find(({ key }) => key === 'dynamoDBEndpoint')).toMatchObject({
    environment: 'DYNAMO_DB_ENDPOINT',
    flag: '--dynamo-db-endpoint',
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { projectRoot, withKeyTable } from '../../scripts/config-docs.js';
import { configKeys } from '../../src/config/config-keys.js';
import { loadConfig } from '../../src/config/load.js';
import { stockKeys } from '../../src/config/stock-keys.js';

const samples = readdirSync(join(projectRoot(), 'properties')).map((name) =>
  join(projectRoot(), 'properties', name),
);
/** The `key = value` lines, those that are commented out included; `<…>` stands for a value that is no default. */
const uncommented = (text: string) => text.replaceAll(/^#(\w+ = )/gm, '$1');

test.each(samples.map((path) => [basename(path), path]))('%s can be used', (name, file) => {
  // That of KCL 1.x has its stream from the environment, for the daemon as for its children.
  const env = name.startsWith('kcl-1')
    ? { STREAM_ARN: 'arn:aws:kinesis:eu-west-1:111122223333:stream/orders' }
    : {};
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

import * as z from 'zod';
import { info, type KeyInfo } from './fields.js';
import { keys } from './schema.js';

export type SchemaKey = keyof typeof keys;

export interface ConfigKey extends KeyInfo {
  key: SchemaKey;
  /** STREAM_ARN */
  environment: string;
  /** --stream-arn */
  flag: string;
  /** The default as text; missing where it is computed or there is none. */
  default: string | undefined;
}

/** The schema's keys with everything that is known about them, for command-line help and documentation. */
export const configKeys: readonly ConfigKey[] = Object.entries(keys).map(([key, field]) => {
  const known = info.get(field);
  if (!known) throw new Error(`the key ${key} has no information`);
  const fixed = field instanceof z.ZodPrefault && known.defaultText === undefined;
  return {
    ...known,
    key: key as SchemaKey,
    environment: environmentName(key),
    flag: flagName(key),
    default: fixed ? String(field.def.defaultValue) : undefined,
  };
});

/** How a key of one of several streams is written. */
export const NUMBERED_KEY = /^streams\.(\d+)\.(\w+)$/;

const known = new Set<string>(configKeys.map(({ key }) => key));

export function isConfigKey(key: string): key is SchemaKey {
  return known.has(key);
}

/** The words of a camelCase key, lower case: dynamoDBEndpoint → dynamo, db, endpoint. */
function words(key: string): string[] {
  return key
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[ .]/);
}

/** streamArn → STREAM_ARN. */
export function environmentName(key: string): string {
  return words(key).join('_').toUpperCase();
}

/** streamArn → --stream-arn. */
export function flagName(key: string): string {
  return `--${words(key).join('-')}`;
}

import type { TrackedStream } from '../../leases/tracked-streams.js';
import { retentionOf } from '../delivery-settings.js';

/** The variables that the launcher has with other values than this process, as JSON. */
const REPLACED = 'CROSS_ACCOUNT_KCL_REPLACED_ENVIRONMENT';
/** How long each stream retains records, as JSON: `[["<ARN>", <ms>], …]`. */
const RETENTION = 'CROSS_ACCOUNT_KCL_RETENTION_MS';

/**
 * The launcher's environment, from which a child can restore the one that was given.
 *
 * @param env of the launcher
 * @param given before the launcher's settings were put in
 */
export function noteReplaced(env: NodeJS.ProcessEnv, given: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = [...new Set([...Object.keys(env), ...Object.keys(given)])];
  const replaced = names.filter((name) => env[name] !== given[name]);
  return {
    ...env,
    [REPLACED]: JSON.stringify(Object.fromEntries(replaced.map((name) => [name, given[name] ?? null]))),
  };
}

/** In a child, before anything reads its environment: the settings for KCL's clients are not the handler's. */
export function restoreReplaced(env: NodeJS.ProcessEnv): void {
  const replaced = JSON.parse(env[REPLACED] ?? '{}') as Record<string, string | null>;
  delete env[REPLACED];
  for (const [name, value] of Object.entries(replaced)) {
    if (value === null) delete env[name];
    else env[name] = value;
  }
}

export function retentionEnvironment(streams: readonly TrackedStream[]): Record<string, string> {
  return { [RETENTION]: JSON.stringify([...retentionOf(streams)]) };
}

/** In ms, by the streams' ARNs; empty under the stock daemon, where nothing is known. */
export function retentionFrom(env: NodeJS.ProcessEnv): ReadonlyMap<string, number> {
  return new Map(JSON.parse(env[RETENTION] ?? '[]') as [string, number][]);
}

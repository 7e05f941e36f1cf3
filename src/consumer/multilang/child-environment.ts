/** For the children of the launcher: the variables that it has with other values than this process, as JSON. */
const VARIABLE = 'CROSS_ACCOUNT_KCL_REPLACED_ENVIRONMENT';

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
    [VARIABLE]: JSON.stringify(Object.fromEntries(replaced.map((name) => [name, given[name] ?? null]))),
  };
}

/** In a child, before anything reads its environment: the settings for KCL's clients are not the handler's. */
export function restoreReplaced(env: NodeJS.ProcessEnv): void {
  const replaced = JSON.parse(env[VARIABLE] ?? '{}') as Record<string, string | null>;
  delete env[VARIABLE];
  for (const [name, value] of Object.entries(replaced)) {
    if (value === null) delete env[name];
    else env[name] = value;
  }
}

const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'];

/** Runs with these variables, and without any other that names a proxy; and puts the environment back. */
export async function withProxies<T>(env: Record<string, string>, run: () => T | Promise<T>): Promise<T> {
  const saved = { ...process.env };
  for (const name of PROXIES) {
    delete process.env[name];
    delete process.env[name.toLowerCase()];
  }
  Object.assign(process.env, env);
  try {
    return await run();
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in saved)) delete process.env[name];
    Object.assign(process.env, saved);
  }
}

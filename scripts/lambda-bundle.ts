import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { projectRoot } from '../lab/project-root.js';
import { HANDLERS, REFUSED_HANDLER } from '../src/lambda/handlers.js';
import { builtinsWhenUsed } from './builtins-when-used.js';

/** As the function's Handler is set: index.handler. */
const FILE = 'index.mjs';
/** This project's floor. Lambda's own runtimes are newer by now: 22 and 24. */
const TARGET = 'node20';

/** What Node loads at its first use is bundled: a function has no node_modules. */
const partitionsOfSdk: Plugin = {
  name: 'partitions-of-sdk',
  setup: ({ onResolve, resolve: resolved }) =>
    onResolve({ filter: /\/partition-data\.js$/ }, ({ resolveDir, kind }) =>
      resolved('@aws-sdk/core/client', { resolveDir, kind }),
    ),
};

export const common: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: TARGET,
  format: 'esm',
  minifySyntax: true,
  minifyWhitespace: true,
  // Names stay, for the log's stack traces and errors; esbuild's keepNames would cost each start more than it saves.
  mainFields: ['module', 'main'],
  plugins: [builtinsWhenUsed, partitionsOfSdk],
  // What asks for Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  logLevel: 'silent',
};

/**
 * Bundles the Lambda function with a record handler into one file.
 *
 * @param handler path of the record handler's module, TypeScript or JavaScript
 * @param folder where the file is written
 * @returns the file's path, and its size in bytes
 * @throws Error if the module is not there, can't be bundled, or exports no handler, two, or one for KCL alone
 */
export async function bundleLambda(
  handler: string,
  folder: string,
): Promise<{ file: string; bytes: number }> {
  const module = resolve(handler);
  if (!statSync(module, { throwIfNoEntry: false })?.isFile()) {
    throw new Error(`there is no file ${module}; expected the module that exports your record handler`);
  }
  await checkExports(module);
  const outfile = join(resolve(folder), FILE);
  const entry = [
    `import * as module from ${JSON.stringify(module)};`,
    "import { createLambdaHandler } from './src/lambda/create-handler.ts';",
    `export const handler = createLambdaHandler({ module, name: ${JSON.stringify(handler)} });`,
  ].join('\n');
  const { metafile } = await build({
    ...common,
    stdin: { contents: entry, resolveDir: projectRoot, sourcefile: 'lambda.ts', loader: 'ts' },
    outfile,
    metafile: true,
  });
  return { file: outfile, bytes: Object.values(metafile.outputs)[0]?.bytes ?? 0 };
}

/** The function itself looks too, but only once it is deployed. */
async function checkExports(module: string): Promise<void> {
  const { metafile } = await build({
    ...common,
    entryPoints: [module],
    outdir: '.',
    write: false,
    metafile: true,
  });
  const [output] = Object.values(metafile.outputs);
  const names = output?.exports ?? [];
  // Of CommonJS nothing is known before it runs.
  if (metafile.inputs[output?.entryPoint ?? '']?.format === 'cjs') return;
  const handlers = HANDLERS.filter((name) => names.includes(name));
  if (handlers.length === 1 && !names.includes(REFUSED_HANDLER)) return;
  throw new Error(
    `${module} exports ${names.join(', ') || 'nothing'}; expected one function 'handleRecord' or 'handleBatch', and no '${REFUSED_HANDLER}'. ` +
      'Write it there, or set HANDLER to the path of your module',
  );
}

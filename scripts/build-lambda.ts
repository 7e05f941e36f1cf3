import { parseArgs } from 'node:util';
import { bundleLambda } from './lambda-bundle.js';

const USAGE = 'usage: HANDLER=./my-handler.ts npm run build:lambda [-- --out <folder>]';

try {
  const handler = process.env.HANDLER || 'src/record-handler.ts';
  const { out } = folderOf(process.argv.slice(2));
  const { file, bytes } = await bundleLambda(handler, out);
  process.stdout.write(
    `${file}: ${Math.round(bytes / 1024)} KiB, with ${handler}; set the function's Handler to index.handler\n`,
  );
} catch (error) {
  process.stderr.write(`build-lambda: ${(error as Error).message}\n`);
  process.exitCode = 1;
}

function folderOf(args: string[]): { out: string } {
  try {
    return parseArgs({ args, options: { out: { type: 'string', default: 'dist-lambda' } } }).values;
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${USAGE}`);
  }
}

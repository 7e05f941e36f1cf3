// Bundles the Lambda function: HANDLER=./my-handler.ts npm run build:lambda [-- --out <folder>]
import { parseArgs } from 'node:util';
import { bundleLambda } from './lambda-bundle.js';

try {
  const { values } = parseArgs({
    options: { handler: { type: 'string' }, out: { type: 'string', default: 'dist-lambda' } },
  });
  const handler = values.handler ?? process.env.HANDLER ?? 'src/record-handler.ts';
  const { file, bytes } = await bundleLambda(handler, values.out);
  process.stdout.write(
    `${file}: ${Math.round(bytes / 1024)} KiB, with ${handler}; set the function's Handler to index.handler\n`,
  );
} catch (error) {
  process.stderr.write(`build-lambda: ${(error as Error).message}\n`);
  process.exitCode = 1;
}

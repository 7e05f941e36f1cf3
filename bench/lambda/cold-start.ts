/** One cold start, in a process of its own: how long the bundle takes to load, and its first two invocations, in ms. */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [, , bundle = '', eventFile = ''] = process.argv;
const event = JSON.parse(readFileSync(eventFile, 'utf8'));
const context = { awsRequestId: 'bench', getRemainingTimeInMillis: () => 60_000 };

const began = performance.now();
const { handler } = await import(pathToFileURL(bundle).href);
const loaded = performance.now();
await handler(event, context);
const first = performance.now();
await handler(event, context);
const second = performance.now();
process.stdout.write(JSON.stringify({ load: loaded - began, first: first - loaded, second: second - first }));

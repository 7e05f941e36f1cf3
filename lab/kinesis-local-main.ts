/** kinesis-local in a process that ends with its parent; see startEmulator. */
import { createRequire } from 'node:module';

// kinesis-local replaces process.exit by one that may wait.
const exit = process.exit;
process.stdin.on('end', () => exit(0)).on('error', () => exit(0));
process.stdin.resume();

// Not import(): that would first scan the 9 MB of the bundle for its exports.
createRequire(import.meta.url)('kinesis-local');

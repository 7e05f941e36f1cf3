import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { EnvironmentError } from '../src/errors/errors.js';
import { type Emulator, startEmulator } from './emulator-process.js';
import { projectRoot } from './project-root.js';

const target = join(projectRoot, 'lab/target');
const libraries = join(target, 'dynamodb-local');

/** @throws EnvironmentError when it has not been built */
export async function startDynamoDbLocal(port: number): Promise<Emulator> {
  if (!existsSync(join(target, 'built-from'))) {
    throw new EnvironmentError(`DynamoDB Local is not in ${libraries}`, { remedy: 'Run scripts/build-lab.' });
  }
  return startEmulator({
    name: 'DynamoDB Local',
    command: 'java',
    args: [
      // Quick start counts for more than peak speed: 0.6 instead of 0.9 s.
      '-XX:TieredStopAtLevel=1',
      '-XX:+UseSerialGC',
      // Leaves no file behind in the temporary folder when halted.
      '-XX:-UsePerfData',
      '-Xmx256m',
      `-Djava.library.path=${libraries}`,
      '-cp',
      [join(target, 'classes'), join(libraries, '*')].join(delimiter),
      'lab.DynamoDbLocal',
      '-inMemory',
      '-disableTelemetry',
      '-port',
      String(port),
      // Not -sharedDb: tables are then kept per access key id and region, so each account has its own. A lease
      // table that lands in the wrong account must not look right.
    ],
    port,
    env: {},
  });
}

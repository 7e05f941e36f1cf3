import { statfs } from 'node:fs/promises';
import { EnvironmentError } from '../../errors/errors.js';
import { checkRunDirectory } from '../../jvm/run-directory.js';
import { type Check, defineCheck, passed, type Verdict } from '../check.js';
import { failed } from './java.js';

/** The properties of a run with many streams, many times over. */
const ENOUGH_BYTES = 1024 * 1024;

export function runDirectoryCheck(parent: string): Check {
  return defineCheck({
    id: 'run-directory',
    asserts: 'can make the directory of a run, and a socket in it',
    fixedBy: 'reader',
    needs: [],
    async run(): Promise<Verdict<undefined>> {
      try {
        await checkRunDirectory(parent);
        const { bavail, bsize } = await statfs(parent);
        if (bavail * bsize >= ENOUGH_BYTES) return passed(`${parent} can be written to`, undefined);
        return {
          status: 'failed',
          message: `the disk of ${parent} is full: ${bavail * bsize} bytes are left`,
          remedy:
            'Free some, or set runDirectory (RUN_DIRECTORY, --run-directory) to a directory on another disk.',
        };
      } catch (error) {
        if (error instanceof EnvironmentError) return failed(error);
        throw error;
      }
    },
  });
}

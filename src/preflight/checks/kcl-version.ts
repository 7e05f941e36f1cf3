import { readdir } from 'node:fs/promises';
import { EnvironmentError } from '../../errors/errors.js';
import { launcherFiles } from '../../machine/launcher-files.js';
import { type Check, defineCheck, passed, type Verdict } from '../check.js';
import { failed } from './java.js';

const JAR = /^amazon-kinesis-client-(\d+)\.(\d+)\.(\d+)[^/]*\.jar$/;
type Version = readonly [major: number, minor: number, patch: number];
/** The first that take a stream's ARN, of com.amazonaws and of software.amazon.kinesis. */
const FLOOR_OF_1: Version = [1, 15, 0];
const FLOOR: Version = [2, 5, 3];

/** @param target where the launcher is built, unless where it always is */
export function kclVersionCheck(target?: string): Check {
  return defineCheck({
    id: 'kcl-version',
    asserts: `has the launcher, with a KCL that takes stream ARNs (${FLOOR.join('.')}, or ${FLOOR_OF_1.join('.')} of 1.x)`,
    fixedBy: 'reader',
    needs: [],
    async run(): Promise<Verdict<undefined>> {
      try {
        const { libraries } = launcherFiles(target);
        return judge(await readdir(libraries), libraries);
      } catch (error) {
        if (error instanceof EnvironmentError) return failed(error);
        return rebuild(`the launcher's libraries are missing: ${(error as Error).message}`);
      }
    },
  });
}

function judge(files: readonly string[], libraries: string): Verdict<undefined> {
  const found = files.flatMap((file) => {
    const [, ...numbers] = JAR.exec(file) ?? [];
    const [major = 0, minor = 0, patch = 0] = numbers.map(Number);
    return numbers.length === 0 ? [] : [{ file, version: [major, minor, patch] as const }];
  });
  if (found.length === 0) return rebuild(`there is no amazon-kinesis-client-<version>.jar in ${libraries}`);
  const old = found.find(({ version }) => isBelow(version, version[0] < 2 ? FLOOR_OF_1 : FLOOR));
  if (old) return rebuild(`${old.file} in ${libraries} is too old: it takes a stream's name alone`);
  return passed(found.map(({ version }) => `KCL ${version.join('.')}`).join(' and '), undefined);
}

function isBelow(version: Version, floor: Version): boolean {
  const different = version.findIndex((number, index) => number !== floor[index]);
  return different >= 0 && (version[different] ?? 0) < (floor[different] ?? 0);
}

function rebuild(message: string): Verdict<never> {
  return { status: 'failed', message, cure: 'Run ./scripts/build-launcher (it needs Maven).' };
}

import { readdir } from 'node:fs/promises';
import { EnvironmentError } from '../../errors/errors.js';
import { launcherFiles } from '../../jvm/launcher-files.js';
import { type Check, defineCheck, passed, type Verdict } from '../check.js';
import { failed } from './java.js';

const JAR = /^amazon-kinesis-client-(\d+)\.(\d+)\.(\d+)[^/]*\.jar$/;
type Version = readonly [major: number, minor: number, patch: number];
/** The first that take a stream's ARN, of com.amazonaws and of software.amazon.kinesis. */
const FLOOR_OF_1: Version = [1, 15, 0];
const FLOOR: Version = [2, 5, 3];

export interface KclJars {
  /** Where the launcher is built, unless where it always is. */
  readonly launcherTarget?: string | undefined;
  /** The folder of another KCL application's jars, to look at in place of the launcher's. */
  readonly kclJars?: string | undefined;
}

export function kclVersionCheck({ launcherTarget, kclJars }: KclJars = {}): Check {
  const has = kclJars === undefined ? 'the launcher, with a KCL' : 'jars of a KCL';
  const remedy =
    kclJars === undefined
      ? 'Run ./scripts/build-launcher (it needs Maven).'
      : `Use KCL ${FLOOR.join('.')} or newer (${FLOOR_OF_1.join('.')} of 1.x), and give --kcl-jars the folder of its jars.`;
  return defineCheck({
    id: 'kcl-version',
    asserts: `has ${has} that takes stream ARNs (${FLOOR.join('.')}, or ${FLOOR_OF_1.join('.')} of 1.x)`,
    fixedBy: 'reader',
    needs: [],
    async run(): Promise<Verdict<undefined>> {
      try {
        const libraries = kclJars ?? launcherFiles(launcherTarget).libraries;
        return judge(await readdir(libraries), libraries, remedy);
      } catch (error) {
        if (error instanceof EnvironmentError) return failed(error);
        const whose = kclJars === undefined ? "the launcher's libraries are missing" : 'there are no jars';
        return { status: 'failed', message: `${whose}: ${(error as Error).message}`, remedy };
      }
    },
  });
}

function judge(files: readonly string[], libraries: string, remedy: string): Verdict<undefined> {
  const found = files.flatMap((file) => {
    const [, ...numbers] = JAR.exec(file) ?? [];
    const [major = 0, minor = 0, patch = 0] = numbers.map(Number);
    return numbers.length === 0 ? [] : [{ file, version: [major, minor, patch] as const }];
  });
  const no = (message: string): Verdict<never> => ({ status: 'failed', message, remedy });
  if (found.length === 0) return no(`there is no amazon-kinesis-client-<version>.jar in ${libraries}`);
  const old = found.find(({ version }) => isBelow(version, version[0] < 2 ? FLOOR_OF_1 : FLOOR));
  if (old) return no(`${old.file} in ${libraries} is too old: it takes a stream's name alone`);
  const versions = found.map(({ version }) => `KCL ${version.join('.')}`).join(' and ');
  if (found.every(({ version }) => version[0] >= 2)) return passed(versions, undefined);
  return {
    status: 'warning',
    message: `${versions}: KCL 1.x reached its end of life in January 2026`,
    remedy: 'Move to KCL 3: docs/kcl-1.x.md says how. The lease table stays.',
  };
}

function isBelow(version: Version, floor: Version): boolean {
  const different = version.findIndex((number, index) => number !== floor[index]);
  return different >= 0 && (version[different] ?? 0) < (floor[different] ?? 0);
}

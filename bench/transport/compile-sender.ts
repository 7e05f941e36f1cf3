import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../lab/project-root.js';

const SOURCES = join(projectRoot, 'bench', 'transport', 'java');
const LAUNCHER = join(projectRoot, 'launcher', 'target');

export interface Sender {
  /** For `java`, before the program's own arguments. */
  readonly args: readonly string[];
  /** For its sockets. */
  readonly folder: string;
  remove(): void;
}

/** @throws Error if there is no JDK, or the launcher is not built */
export async function compileSender(): Promise<Sender> {
  const folder = mkdtempSync(join(tmpdir(), 'xak-transport-'));
  const libraries = [join(LAUNCHER, 'launcher.jar'), join(LAUNCHER, 'lib', '*')];
  const source = join(SOURCES, 'crossaccountkcl', 'TransportSender.java');
  await promisify(execFile)('javac', ['-d', folder, '-cp', libraries.join(':'), source]);
  return {
    args: [
      '-Xmx1g',
      '-Dfile.encoding=UTF-8',
      `-Dlogback.configurationFile=${join(SOURCES, 'logback.xml')}`,
      '-cp',
      [folder, ...libraries].join(':'),
      'crossaccountkcl.TransportSender',
    ],
    folder,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

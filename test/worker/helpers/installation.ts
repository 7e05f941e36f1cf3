import { chmodSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const COMPILED = fileURLToPath(new URL('../../../src', import.meta.url));

/** The package as it is installed, with a launcher of which only the name is there. */
export class Installation {
  readonly root: string;
  readonly javaHome: string;
  readonly cli: string;

  /** @param folder an existing one, which the caller removes */
  constructor(folder: string) {
    this.root = join(folder, 'package');
    this.javaHome = join(folder, 'jdk');
    this.cli = join(this.root, 'dist', 'cli.js');
    cpSync(COMPILED, join(this.root, 'dist'), { recursive: true });
    // Jest runs in the project's folder.
    cpSync('package.json', join(this.root, 'package.json'));
    symlinkSync(resolve('node_modules'), join(this.root, 'node_modules'));
    mkdirSync(join(this.javaHome, 'bin'), { recursive: true });
  }

  buildLauncher(): this {
    mkdirSync(join(this.root, 'launcher', 'target'), { recursive: true });
    writeFileSync(join(this.root, 'launcher', 'target', 'launcher.jar'), '');
    return this;
  }

  /** Puts a shell script in the place of `java`. */
  installJava(script: string): this {
    const java = join(this.javaHome, 'bin', 'java');
    writeFileSync(java, `#!/bin/sh\n${script}\n`);
    chmodSync(java, 0o755);
    return this;
  }

  async launcherModule(): Promise<typeof import('../../../src/worker/launcher.js')> {
    return await import(pathToFileURL(join(this.root, 'dist', 'worker', 'launcher.js')).href);
  }
}

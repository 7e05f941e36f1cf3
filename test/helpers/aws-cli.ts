import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where there is no jq, what needs it is skipped by name. */
export const describeWithJq = spawnSync('jq', ['--version']).status === 0 ? describe : describe.skip;

/** The options of a call, a file's content in place of `file://…`. */
export type AwsOptions = Readonly<Record<string, string>>;
/** What `--query … --output text` makes of the answer. An error is printed as the aws CLI prints it. */
export type AwsAnswer = (service: string, action: string, options: AwsOptions) => Promise<string>;

/** A stand-in for the aws CLI, whose calls are answered in this process. */
export class AwsCli {
  /** Where scripts run; empty at first. */
  readonly folder = mkdtempSync(join(tmpdir(), 'xak-aws-cli-'));
  /** `service action` of each call. */
  readonly calls: string[] = [];
  readonly #bin = mkdtempSync(join(tmpdir(), 'xak-aws-bin-'));
  readonly #server;

  private constructor(answer: AwsAnswer) {
    this.#server = createServer((socket) => {
      let text = '';
      // A script that has ended reads no answer.
      socket.on('error', () => socket.destroy());
      socket.setEncoding('utf8').on('data', async (part: string) => {
        text += part;
        const [count, ...words] = text.split('\0');
        // What follows the last NUL is empty.
        if (words.length <= Number(count)) return;
        const [service = '', action = '', ...rest] = words;
        this.calls.push(`${service} ${action}`);
        const ended = await answer(service, action, optionsOf(rest.slice(0, -1))).then(
          (stdout) => [0, `${stdout}\n`, ''],
          ({ name, message }: Error) => [
            254,
            '',
            `An error occurred (${name}) when calling the ${action} operation: ${message}\n`,
          ],
        );
        socket.end(ended.map((field) => `${field}\0`).join(''));
      });
    });
  }

  static async start(answer: AwsAnswer): Promise<AwsCli> {
    const cli = new AwsCli(answer);
    await new Promise<void>((resolve) => cli.#server.listen(0, '127.0.0.1', resolve));
    const { port } = cli.#server.address() as AddressInfo;
    const aws = join(cli.#bin, 'aws');
    writeFileSync(aws, STAND_IN.replace('PORT', String(port)));
    chmodSync(aws, 0o755);
    return cli;
  }

  /** Gives a script to bash, as a file or as what is pasted into a terminal. */
  async run(
    script: string,
    how: 'file' | 'terminal' = 'file',
  ): Promise<{ status: number | null; stdout: string; stderr: string }> {
    const args = how === 'file' ? ['-eu'] : ['--norc', '--noprofile', '-i', '-o', 'histexpand'];
    const env = { PATH: `${this.#bin}:${process.env.PATH}`, HOME: this.folder, HISTFILE: '/dev/null' };
    return new Promise((resolve) => {
      const child = execFile('bash', args, { cwd: this.folder, env }, (_error, stdout, stderr) =>
        resolve({ status: child.exitCode, stdout, stderr }),
      );
      // Bash reads no further once a command has failed.
      child.stdin?.on('error', () => child.stdin?.destroy());
      child.stdin?.end(`${script}\n`);
    });
  }

  files(): string[] {
    return readdirSync(this.folder).sort();
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8');
  }

  stop(): void {
    this.#server.close();
    for (const folder of [this.folder, this.#bin]) rmSync(folder, { recursive: true });
  }
}

/** A bash, which starts many times as fast as a Node.js. A call is the count of its words, and the words. */
const STAND_IN = `#!/usr/bin/env bash
words=("$#")
for word; do
  case "$word" in file://*) word=$(<"\${word#file://}") || exit 255 ;; esac
  words+=("$word")
done
exec 3<>/dev/tcp/127.0.0.1/PORT
printf '%s\\0' "\${words[@]}" >&3
IFS= read -r -d '' code <&3
IFS= read -r -d '' stdout <&3
IFS= read -r -d '' stderr <&3
printf %s "$stdout"
printf %s "$stderr" >&2
exit "$code"
`;

function optionsOf(words: readonly string[]): AwsOptions {
  const options: Record<string, string> = {};
  for (let at = 0; at < words.length; at++) {
    const [, name = '', value] = /^--([a-z-]+)(?:=(.*))?$/s.exec(words[at] ?? '') ?? [];
    options[name] = value ?? words[++at] ?? '';
  }
  return options;
}

/** An error as AWS names it. */
export function awsError(name: string, message = ''): Error {
  return Object.assign(new Error(message), { name });
}

/** A folder of src/, with the folders and entries that its files may import besides their own. */
interface Layer {
  /** For the table in docs/architecture.md. */
  readonly does: string;
  readonly imports: readonly string[];
}

/**
 * The folders of src/ from top to bottom: a folder imports only those below it. test/layers.test.ts checks the sources,
 * and scripts/architecture-docs.ts writes the table into docs/architecture.md.
 */
export const LAYERS: Readonly<Record<string, Layer>> = {
  cli: {
    does: 'the commands: options, output, exit codes',
    imports: [
      'worker',
      'monitoring',
      'preflight',
      'policy/aws',
      'leases',
      'policy',
      'jvm',
      'config',
      'aws',
      'log',
      'errors',
    ],
  },
  lambda: {
    does: 'the same handlers as an AWS Lambda function, without KCL',
    imports: ['delivery', 'config', 'aws', 'log', 'errors'],
  },
  worker: {
    does: 'the worker of `start`: its order of start and stop, the JVM, and what goes over the socket',
    imports: ['monitoring', 'preflight', 'delivery', 'leases', 'jvm', 'config', 'aws', 'log', 'errors'],
  },
  monitoring: {
    does: 'what a worker shows of itself: health, metrics, status page',
    imports: ['delivery', 'leases', 'aws', 'log', 'errors'],
  },
  preflight: {
    does: 'the checks of every access, and the remedies',
    imports: ['leases', 'jvm', 'policy', 'config', 'aws', 'errors'],
  },
  delivery: {
    does: 'records to the handler, in order: attempts, failures, checkpoints',
    imports: ['record-handler.ts', 'aws', 'errors'],
  },
  'policy/aws': {
    does: 'reads and writes the policies that are in force',
    imports: ['policy', 'aws', 'errors'],
  },
  leases: {
    does: 'creation epochs, and the lease table as Node reads it',
    imports: ['config', 'aws', 'log', 'errors'],
  },
  policy: {
    does: 'policies as pure functions: grant, merge, compare, judge; it calls nothing',
    imports: ['aws', 'errors'],
  },
  jvm: { does: "Java, the JVM's options, Node's version, the run directory", imports: ['errors'] },
  config: { does: 'one schema for flags, environment and files', imports: ['aws', 'errors'] },
  aws: { does: "ARNs, clients, credentials, proxies, and what AWS's errors mean", imports: ['errors'] },
  log: { does: 'the log: JSON or for people, without secrets', imports: ['errors'] },
  errors: { does: 'the errors with their exit codes, and texts that are safe to print', imports: [] },
};

/** The files in src/ itself, which are above or beside the layers. */
export const ENTRIES: Readonly<Record<string, Layer>> = {
  'cli.ts': {
    does: "the program; it checks Node's version and takes signals before it loads anything slow",
    imports: ['cli', 'worker', 'jvm', 'errors'],
  },
  'index.ts': {
    does: 'the library: everything that is public',
    imports: ['delivery', 'preflight', 'policy/aws', 'policy', 'aws', 'errors'],
  },
  'record-handler.ts': { does: 'the handler that you write in a clone', imports: ['index.ts'] },
};

/** The layer, or the entry, that a file of src/ belongs to. */
export function layerOf(file: string): string {
  const [, folder = '', inner = ''] = file.split('/');
  const nested = `${folder}/${inner}`;
  return nested in LAYERS ? nested : folder;
}

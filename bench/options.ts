export interface BenchOptions {
  quick: boolean;
  /** Where the figures are written as JSON. */
  json?: string;
  /** Whether docs/images/ is written. */
  pictures: boolean;
}

export const USAGE = `usage: ./scripts/bench [--quick] [--json FILE] [--pictures]
  --quick      fewer peers, rounds and records: under 3 minutes instead of under 15
  --json FILE  writes all figures to FILE
  --pictures   writes the pictures of docs/performance.md to docs/images/; not with --quick`;

export class OptionError extends Error {
  override name = 'OptionError';
}

/** @throws OptionError naming the option and what was expected */
export function parseOptions(args: readonly string[]): BenchOptions {
  const options: BenchOptions = { quick: false, pictures: false };
  for (let index = 0; index < args.length; index++) {
    const [name = '', ...rest] = (args[index] ?? '').split('=');
    const given = rest.length === 0 ? undefined : rest.join('=');
    switch (name) {
      case '--quick':
      case '--pictures':
        if (given !== undefined) throw new OptionError(`${name} takes no value, and has '${given}'`);
        options[name === '--quick' ? 'quick' : 'pictures'] = true;
        break;
      case '--json': {
        const file = given ?? args[++index];
        if (file === undefined || file === '' || file.startsWith('--')) {
          const found = file === undefined ? 'nothing follows' : `'${file}' follows`;
          throw new OptionError(`--json: expected the name of a file, and ${found}`);
        }
        options.json = file;
        break;
      }
      default:
        throw new OptionError(
          `unknown argument '${args[index]}'; expected --quick, --json FILE or --pictures`,
        );
    }
  }
  if (options.quick && options.pictures) {
    throw new OptionError('--quick and --pictures exclude each other: pictures are of a whole run');
  }
  return options;
}

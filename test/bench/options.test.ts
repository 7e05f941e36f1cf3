import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { OptionError, parseOptions } from '../../bench/options.js';
import { projectRoot } from '../../lab/project-root.js';

test.each([
  [[], { quick: false, pictures: false }],
  [['--quick'], { quick: true, pictures: false }],
  [['--json', 'out.json', '--pictures'], { quick: false, pictures: true, json: 'out.json' }],
  [['--json=out.json'], { quick: false, pictures: false, json: 'out.json' }],
])('%j', (args, expected) => {
  expect(parseOptions(args)).toEqual(expected);
});

const WRONG: [string[], string][] = [
  [['--fast'], "unknown argument '--fast'; expected --quick, --json FILE or --pictures"],
  [['out.json'], "unknown argument 'out.json'; expected --quick, --json FILE or --pictures"],
  [['--json'], '--json: expected the name of a file, and nothing follows'],
  [['--json', '--quick'], "--json: expected the name of a file, and '--quick' follows"],
  [['--json='], '--json: expected the name of a file'],
  [['--quick', '--pictures'], '--quick and --pictures exclude each other'],
  [['--pictures', '--json', 'x', '--quick'], '--quick and --pictures exclude each other'],
  [['--quick=yes'], "--quick takes no value, and has 'yes'"],
];

test.each(WRONG)('%j is refused', (args, message) => {
  expect(() => parseOptions(args)).toThrow(OptionError);
  expect(() => parseOptions(args)).toThrow(message);
});

test.each(WRONG)('./scripts/bench %j ends at once with code 2, and names the option', (args, message) => {
  const { status, stderr, stdout } = spawnSync(join(projectRoot, 'scripts', 'bench'), args, {
    encoding: 'utf8',
  });
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain(message);
  expect(stderr).toContain('usage: ./scripts/bench');
});

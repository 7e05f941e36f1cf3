import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { projectRoot } from '../../lab/project-root.js';

test('the benchmark of cold starts prints a row for each function', () => {
  const output = execFileSync(process.execPath, [join(projectRoot, 'build', 'bench', 'lambda.js')], {
    env: { ...process.env, ROUNDS: '1' },
    encoding: 'utf8',
  });

  expect(
    output.match(/^\| (powertools' sample|this function|this function, with a queue) \|/gm),
  ).toHaveLength(3);
  expect(output).not.toMatch(/NaN|undefined/);
});

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../lab/project-root.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const RULES = join(projectRoot, 'docs/prometheus-alerts.yaml');
const CASES = join(projectRoot, 'test/monitoring/alerts.yaml');

const isHere = spawnSync('promtool', ['--version']).status === 0;
const suite = isHere ? 'promtool' : "promtool (skipped: it is not here; Debian's package prometheus has it)";

(isHere ? describe : describe.skip)(suite, () => {
  const folder = temporaryFolder();
  const promtool = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
    return { status, output: stdout + stderr };
  };
  const judge = (rules: string) => {
    const file = join(folder(), 'cases.yaml');
    writeFileSync(join(folder(), 'rules.yaml'), rules);
    writeFileSync(
      file,
      readFileSync(CASES, 'utf8').replace('../../docs/prometheus-alerts.yaml', 'rules.yaml'),
    );
    return promtool('test', 'rules', file);
  };

  test('finds the rules valid', () => {
    expect(promtool('check', 'rules', RULES)).toMatchObject({ status: 0 });
  });

  test('fires each alert when it should, and not else', () => {
    expect(judge(readFileSync(RULES, 'utf8'))).toEqual({
      status: 0,
      output: expect.stringContaining('SUCCESS'),
    });
  });

  test.each([
    [
      'a shard without a first batch',
      /last_batch_timestamp_seconds or \S+?(?=\))/,
      'last_batch_timestamp_seconds',
    ],
    [
      'a shard without a first checkpoint',
      /last_checkpoint_timestamp_seconds or \S+?(?=\))/,
      'last_checkpoint_timestamp_seconds',
    ],
    [
      "a shard that can't be read from the start",
      'or cross_account_kcl_unread_seconds > 600',
      'and cross_account_kcl_unread_seconds > 600',
    ],
    ['workers that are all gone', 'absent(cross_account_kcl_jvm_up == 1)', 'cross_account_kcl_jvm_up == 0'],
    [
      'a stream that is read to its end',
      'max by (job) (cross_account_kcl_ready)',
      'sum by (job) (cross_account_kcl_leases_held)',
    ],
    ['a crash loop', /changes\(/, 'resets('],
  ])('would miss %s with other rules', (_what, right, wrong) => {
    const rules = readFileSync(RULES, 'utf8');
    const broken = rules.replace(right, wrong);
    expect(broken).not.toBe(rules);
    expect(judge(broken).status).toBe(1);
  });
});

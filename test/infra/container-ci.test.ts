import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { describeWithLinter } from './helpers/linter.js';

const FILE = 'docs/container-ci.md';
const [, workflow = ''] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(FILE, 'utf8')) ?? [];

test('every action is pinned by its commit, and its version said', () => {
  const uses = workflow.match(/uses: .*/g) ?? [];
  expect(uses.length).toBeGreaterThan(0);
  for (const use of uses) expect(use).toMatch(/^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});

interface Step {
  id?: string;
  uses?: string;
  run?: string;
  env?: Record<string, string>;
  with?: Record<string, string>;
}
const { build, release } = parse(workflow).jobs;
const steps: Step[] = build.steps;
const at = (action: string) =>
  steps.flatMap(({ uses }, index) => (uses?.startsWith(`${action}@`) ? index : []));
const expression = (text: string) => `\${{ ${text} }}`;
const builds = at('docker/build-push-action');
const scans = at('aquasecurity/trivy-action');

describe('what is tagged and signed was scanned', () => {
  const DIGEST = expression('steps.build.outputs.digest');

  test('it is built once, and pushed by digest alone', () => {
    expect(builds).toHaveLength(1);
    const { id, with: inputs } = steps[builds[0] ?? -1] ?? {};
    expect(id).toBe('build');
    expect(inputs?.outputs).toContain('push-by-digest=true');
    expect(inputs).not.toHaveProperty('tags');
    expect(inputs).not.toHaveProperty('push');
  });

  test('that digest is scanned, for the platform that it is of, and ends the job', () => {
    expect(scans).toHaveLength(1);
    const scan = steps[scans[0] ?? -1];
    expect(scan?.with).toMatchObject({
      'image-ref': `${expression('env.IMAGE')}@${DIGEST}`,
      'exit-code': '1',
    });
    expect(scan?.env).toEqual({ TRIVY_PLATFORM: `linux/${expression('matrix.arch')}` });
  });

  test('the job hands the digest on after the scan', () => {
    const handsOn = steps.findIndex(({ id }) => id === 'scanned');
    expect(handsOn).toBeGreaterThan(scans[0] ?? Number.POSITIVE_INFINITY);
    expect(steps[handsOn]).toMatchObject({ env: { DIGEST }, run: expect.stringContaining('=$DIGEST') });
    const platforms = build.strategy.matrix.include as { arch: string }[];
    expect(build.outputs).toEqual(
      Object.fromEntries(platforms.map(({ arch }) => [arch, expression(`steps.scanned.outputs.${arch}`)])),
    );
  });

  test('the release builds nothing, and tags those digests', () => {
    expect(release.needs).toBe('build');
    expect(workflow.match(/--tag .*/g)).toEqual(['--tag "$IMAGE:$VERSION" "$IMAGE@$AMD64" "$IMAGE@$ARM64"']);
    const tags = (release.steps as Step[]).find(({ run }) => run?.includes('--tag'));
    expect(tags?.env).toEqual({
      AMD64: expression('needs.build.outputs.amd64'),
      ARM64: expression('needs.build.outputs.arm64'),
    });
  });
});

test('the image is labelled with its own version and commit, whatever its base has', () => {
  expect(steps[builds[0] ?? -1]?.with?.labels?.trim().split('\n')).toEqual([
    `org.opencontainers.image.version=${expression('env.VERSION')}`,
    `org.opencontainers.image.revision=${expression('github.sha')}`,
  ]);
});

describeWithLinter('actionlint', (lint) => {
  const folder = temporaryFolder();
  const check = (text: string) => {
    const file = join(folder(), 'workflow.yml');
    writeFileSync(file, text);
    // Not by tools that a machine may have or not.
    return lint('-no-color', '-shellcheck=', '-pyflakes=', file);
  };

  test('finds nothing', () => {
    expect(check(workflow)).toEqual({ status: 0, output: '' });
  });

  test.each([
    ['a job that is not there', 'needs: build', 'needs: built'],
    ['a permission that is not there', 'packages: write', 'package: write'],
    ['a context that is not there', 'matrix.arch }}', 'matrix.arc }}'],
    ['an output of no job', 'outputs.arm64 }}\n        run', 'outputs.arm }}\n        run'],
    ['a runner that is not there', 'ubuntu-24.04-arm }', 'ubuntu-24.4 }'],
  ])('would find %s', (_what, right, wrong) => {
    expect(workflow).toContain(right);
    expect(check(workflow.replaceAll(right, wrong)).status).toBe(1);
  });
});

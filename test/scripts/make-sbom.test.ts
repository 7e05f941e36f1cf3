import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../lab/project-root.js';
import { type Component, componentsOf, withoutAllowedLicence } from '../../scripts/licences.js';

describe('the bill of materials of the jars', () => {
  const target = join(projectRoot, 'launcher', 'target');
  const listed = componentsOf(readFileSync(join(target, 'maven.cdx.json'), 'utf8'));

  test('has each jar that is shipped, by its checksum, and no other', () => {
    const sha256 = (file: string) =>
      createHash('sha256')
        .update(readFileSync(join(target, 'lib', file)))
        .digest('hex');
    const shipped = readdirSync(join(target, 'lib')).map((file) => `${file} ${sha256(file)}`);
    const inBill = listed.map(({ name, version, hashes }) => {
      const { content } = hashes?.find(({ alg }) => alg === 'SHA-256') ?? { content: 'none' };
      return `${name}-${version}.jar ${content}`;
    });
    expect(inBill.sort()).toEqual(shipped.sort());
  });

  test('names where each comes from, so that a scanner finds it', () => {
    for (const { purl, group, name, version } of listed) {
      expect(purl).toMatch(new RegExp(`^pkg:maven/${group}/${name}@${version}\\?type=jar$`));
    }
  });

  test('has licences that let it be shipped', () => {
    expect(withoutAllowedLicence(listed)).toEqual([]);
  });

  test('has one version of each of the families', () => {
    for (const family of ['software.amazon.awssdk', 'io.netty', 'ch.qos.logback']) {
      const versions = listed.filter(({ group }) => group === family).map(({ version }) => version);
      expect(versions.length).toBeGreaterThan(1);
      expect(new Set(versions).size).toBe(1);
    }
  });
});

describe('the bill of materials of the packages', () => {
  const bill = execFileSync(process.execPath, [join(projectRoot, 'scripts', 'npm-sbom.mjs')], {
    cwd: projectRoot,
    encoding: 'utf8',
  });
  const listed = componentsOf(bill);

  test('has each package that runs, and none that is for development alone', () => {
    const { packages } = JSON.parse(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { version: string; dev?: boolean; devOptional?: boolean; optional?: boolean }>;
    };
    const running = Object.entries(packages)
      .filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional)
      .map(
        ([path, { version }]) =>
          `${path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${version}`,
      );
    const nameOf = ({ purl }: Component) => decodeURIComponent(purl.replace(/^pkg:npm\//, ''));
    expect([...new Set(listed.map(nameOf))].sort()).toEqual([...new Set(running)].sort());
  });

  test('has licences that let it be shipped', () => {
    expect(withoutAllowedLicence(listed)).toEqual([]);
  });
});

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { javaOf } from '../../src/jvm/java.js';
import { archiveOptions, compilerOptions, memoryOptions } from '../../src/jvm/jvm-options.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const folder = temporaryFolder();
const MIB = 2 ** 20;
const END = '-XX:+ExitOnOutOfMemoryError';

test('without a limit, the size of the heap is left to the JVM', () => {
  expect(memoryOptions({}, undefined)).toEqual([END]);
});

test.each([
  [494, ['-Xmx124m', '-XX:+UseParallelGC']],
  [512, ['-Xmx140m', '-XX:+UseParallelGC']],
  [1024, ['-Xmx601m', '-XX:+UseParallelGC']],
  [2048, ['-Xmx1523m', '-XX:+UseParallelGC']],
  [4096, ['-Xmx3366m', '-XX:+UseG1GC', '-XX:G1HeapRegionSize=4m']],
  [8192, ['-Xmx7052m', '-XX:+UseG1GC', '-XX:G1HeapRegionSize=4m']],
])('a container of %s MiB leaves the heap what the rest does not take', (limit, options) => {
  expect(memoryOptions({}, limit * MIB)).toEqual([END, ...options]);
});

test.each([
  ['JAVA_TOOL_OPTIONS', '-Xmx64m', ['-XX:+UseParallelGC']],
  ['JAVA_TOOL_OPTIONS', '-Xmx1G', ['-XX:+UseParallelGC']],
  ['JAVA_TOOL_OPTIONS', '-Xmx5000000000', ['-XX:+UseG1GC', '-XX:G1HeapRegionSize=4m']],
  ['JAVA_TOOL_OPTIONS', '-Xmx1g -Xmx5g', ['-XX:+UseG1GC', '-XX:G1HeapRegionSize=4m']],
  ['JAVA_TOOL_OPTIONS', '-Xmx1g -XX:+UseSerialGC', []],
  ['JAVA_TOOL_OPTIONS', '-Xmx1g -XX:G1HeapRegionSize=4m', []],
  ['JAVA_TOOL_OPTIONS', '-Xmx1g -XX:MaxGCPauseMillis=100', []],
  ['JAVA_TOOL_OPTIONS', "-Xmx1g '-XX:+UseZGC'", []],
  ['JDK_JAVA_OPTIONS', '-Dx=1 -XX:MaxRAMPercentage=60', []],
  ['_JAVA_OPTIONS', '-XX:MaxHeapSize=100m', []],
])('a size of the heap in %s, %s, stays', (name, value, collector) => {
  expect(memoryOptions({ [name]: value }, 256 * MIB)).toEqual([END, ...collector]);
  expect(memoryOptions({ [name]: value }, undefined)).toEqual([END, ...collector]);
});

test('an option that only looks like one does not size the heap', () => {
  expect(memoryOptions({ JAVA_TOOL_OPTIONS: '-Dname=-Xmx1g' }, 512 * MIB)).toContain('-Xmx140m');
});

test('a collector in the environment stays', () => {
  expect(memoryOptions({ JAVA_TOOL_OPTIONS: '-XX:+UseZGC' }, 1024 * MIB)).toEqual([END, '-Xmx601m']);
});

test('a limit that is too small for the JVM is refused, with the least', () => {
  const refused = expect.objectContaining({
    code: 'XAK_ENVIRONMENT',
    message:
      'the memory limit of this container, 493 MiB, is too small for the JVM and Node: expected 494 MiB or more',
    remedy: expect.stringContaining('JAVA_TOOL_OPTIONS'),
  });
  expect(() => memoryOptions({}, 493 * MIB)).toThrow(refused);
});

test('a class-data sharing archive is used where there is one', () => {
  const archive = join(folder(), 'launcher.jsa');
  expect(archiveOptions(archive)).toEqual([]);
  writeFileSync(archive, '');
  expect(archiveOptions(archive)).toEqual([`-XX:SharedArchiveFile=${archive}`]);
});

test('the second compiler takes fewer methods', () => {
  expect(compilerOptions({ JAVA_TOOL_OPTIONS: '-Xmx1g' })).toEqual([
    '-XX:Tier4InvocationThreshold=20000',
    '-XX:Tier4MinInvocationThreshold=2400',
    '-XX:Tier4CompileThreshold=60000',
    '-XX:Tier4BackEdgeThreshold=160000',
  ]);
});

test.each([
  ['JAVA_TOOL_OPTIONS', '-XX:Tier4InvocationThreshold=5000'],
  ['JAVA_TOOL_OPTIONS', '-XX:-TieredCompilation'],
  ['JDK_JAVA_OPTIONS', '-Xmx1g -XX:CompileThresholdScaling=2'],
])('thresholds of the compilers in %s stay', (name, value) => {
  expect(compilerOptions({ [name]: value })).toEqual([]);
});

test('the JVM takes the thresholds', () => {
  const { status, stderr } = spawnSync(javaOf(process.env), [...compilerOptions({}), '-version'], {
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining('version') });
});

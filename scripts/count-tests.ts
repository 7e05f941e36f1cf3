/**
 * Adds up what jest and Surefire really ran, and prints it as the last line of ./scripts/test. Before it are the names of
 * the tests that jest skipped, which jest itself does not print, and of those that failed, which may be a long way up.
 *
 * Arguments: Surefire's folder of reports, 1 if a step before has failed, the list of promises, and jest's files of JSON.
 * Of the suites in that list the quick run has chosen some tests; those that it has not are not counted as skipped.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

type JestCounts = Partial<Record<'numPassedTests' | 'numFailedTests' | 'numRuntimeErrorTestSuites', number>>;

interface Assertion {
  status: string;
  ancestorTitles: string[];
  title: string;
  failureMessages?: string[];
}

interface JestResults extends JestCounts {
  testResults?: {
    name?: string;
    status?: string;
    /** Why a file could not be run at all, among others. */
    message?: string;
    assertionResults: Assertion[];
  }[];
}

/** A row of test/promises.json. */
interface PromisedTest {
  promise: string;
  suite: string;
  test: string;
}

const SUREFIRE_FAILURE = /<testcase name="([^"]*)"[^>]*>\s*<(failure|error)(?:\s+message="([^"]*)")?/g;

const [surefireFolder = '', failedBefore, promisesFile = '', ...jestFiles] = process.argv.slice(2);
const isQuick = process.env.TESTS === 'quick';
const promises = JSON.parse(readFileSync(promisesFile, 'utf8')) as PromisedTest[];
const parts = [ofJest(jestFiles), ofSurefire(surefireFolder)];
const total = (key: keyof Counts) => parts.reduce((sum, counts) => sum + counts[key], 0);
// A step that fails without a test that fails, such as the linter, counts as one.
const failed = total('failed') || (failedBefore === '1' ? 1 : 0);
if (isQuick) console.log('This was the quick run. ./scripts/test --all runs everything.');
console.log(`${total('passed')} passed, ${failed} failed, ${total('skipped')} skipped`);
process.exitCode = failed === 0 && parts.every(({ passed }) => passed > 0) ? 0 : 1;

function ofJest(files: readonly string[]): Counts {
  const missing = files.filter((file) => !existsSync(file));
  if (files.length === 0 || missing.length > 0) return none('jest', missing.join(', '));
  const all = files.map((file) => JSON.parse(readFileSync(file, 'utf8')) as JestResults);
  const count = (name: keyof JestCounts) => all.reduce((sum, results) => sum + (results[name] ?? 0), 0);
  const skipped = all.flatMap(skippedTests);
  printSkipped(skipped);
  for (const results of all) printFailed(results);
  const notRun = promises.filter((promised) => !all.some((results) => hasRun(results, promised)));
  for (const { promise, suite, test } of notRun)
    console.log(
      `failed: ${promise}\n  test/${suite}.test.ts has no test with this name that was run: ${test}`,
    );
  return {
    passed: count('numPassedTests'),
    failed: count('numFailedTests') + count('numRuntimeErrorTestSuites') + notRun.length,
    skipped: skipped.length,
  };
}

function hasRun({ testResults = [] }: JestResults, { suite, test }: PromisedTest): boolean {
  return testResults
    .filter(({ name = '' }) => name.endsWith(`/test/${suite}.test.js`))
    .flatMap(({ assertionResults }) => assertionResults)
    .some((one) => fullName(one) === test && (one.status === 'passed' || one.status === 'failed'));
}

function fullName({ ancestorTitles, title }: Assertion): string {
  return [...ancestorTitles, title].join(' ');
}

function skippedTests({ testResults = [] }: JestResults): Assertion[] {
  const isChosenFrom = (file = '') => promises.some(({ suite }) => file.endsWith(`/test/${suite}.test.js`));
  return testResults
    .filter(({ name }) => !(isQuick && isChosenFrom(name)))
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'pending' || status === 'todo');
}

/** By the suites that hold them, whose names may say why. */
function printSkipped(skipped: readonly Assertion[]): void {
  let of: string | undefined;
  for (const { ancestorTitles, title } of skipped) {
    const [suite = '', ...groups] = ancestorTitles;
    if (suite !== of) console.log(`skipped${suite && `: ${suite}`}`);
    of = suite;
    console.log(`  ${[...groups, title].join(' › ')}`);
  }
}

/** By their files, each with the first line of why. */
function printFailed({ testResults = [] }: JestResults): void {
  for (const { name = '', status, message = '', assertionResults } of testResults) {
    const failed = assertionResults.filter((test) => test.status === 'failed');
    if (status !== 'failed' && failed.length === 0) continue;
    console.log(`failed: ${relative(process.cwd(), name)}`);
    for (const { ancestorTitles, title, failureMessages = [] } of failed)
      console.log(`  ${[...ancestorTitles, title].join(' › ')}: ${firstLine(failureMessages[0])}`);
    if (failed.length === 0) console.log(`  ${firstLine(message)}`);
  }
}

function firstLine(text = ''): string {
  const lines = stripVTControlCharacters(text).replace('● Test suite failed to run', '').trim().split('\n');
  return lines[0] ?? '';
}

function ofSurefire(folder: string): Counts {
  const reports = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.xml')) : [];
  if (reports.length === 0) return none('Surefire', folder);
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const report of reports) {
    const text = readFileSync(join(folder, report), 'utf8');
    const [suite = ''] = /<testsuite\s[^>]*>/.exec(text) ?? [];
    const attribute = (name: string) => Number(new RegExp(`\\s${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
    const notPassed = attribute('errors') + attribute('failures');
    counts.failed += notPassed;
    counts.skipped += attribute('skipped');
    counts.passed += attribute('tests') - notPassed - attribute('skipped');
    if (notPassed > 0) console.log(`failed: ${report}`);
    for (const [, name, , message] of text.matchAll(SUREFIRE_FAILURE))
      console.log(`  ${name}: ${firstLine(message)}`);
  }
  return counts;
}

function none(runner: string, where: string): Counts {
  console.error(`${runner} left no results in ${where}`);
  return { passed: 0, failed: 1, skipped: 0 };
}

/**
 * Adds up what jest and Surefire really ran, and prints it as the last line of ./scripts/test. Before it are the names of
 * the tests that jest skipped, which jest itself does not print, and of those that failed, which may be a long way up.
 *
 * Arguments: jest's JSON, Surefire's folder of reports, and 1 if a step before has failed.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

type JestCounts = Partial<
  Record<
    'numPassedTests' | 'numFailedTests' | 'numRuntimeErrorTestSuites' | 'numPendingTests' | 'numTodoTests',
    number
  >
>;

interface JestResults extends JestCounts {
  testResults?: {
    name?: string;
    status?: string;
    /** Why a file could not be run at all, among others. */
    message?: string;
    assertionResults: {
      status: string;
      ancestorTitles: string[];
      title: string;
      failureMessages?: string[];
    }[];
  }[];
}

const SUREFIRE_FAILURE = /<testcase name="([^"]*)"[^>]*>\s*<(failure|error)(?:\s+message="([^"]*)")?/g;

const [jestFile = '', surefireFolder = '', failedBefore] = process.argv.slice(2);
const parts = [ofJest(jestFile), ofSurefire(surefireFolder)];
const total = (key: keyof Counts) => parts.reduce((sum, counts) => sum + counts[key], 0);
// A step that fails without a test that fails, such as the linter, counts as one.
const failed = total('failed') || (failedBefore === '1' ? 1 : 0);
console.log(`${total('passed')} passed, ${failed} failed, ${total('skipped')} skipped`);
process.exitCode = failed === 0 && parts.every(({ passed }) => passed > 0) ? 0 : 1;

function ofJest(file: string): Counts {
  if (!existsSync(file)) return none('jest', file);
  const results = JSON.parse(readFileSync(file, 'utf8')) as JestResults;
  printSkipped(results);
  printFailed(results);
  const count = (name: keyof JestCounts) => results[name] ?? 0;
  return {
    passed: count('numPassedTests'),
    failed: count('numFailedTests') + count('numRuntimeErrorTestSuites'),
    skipped: count('numPendingTests') + count('numTodoTests'),
  };
}

/** By the suites that hold them, whose names may say why. */
function printSkipped({ testResults = [] }: JestResults): void {
  let of: string | undefined;
  for (const { status, ancestorTitles, title } of testResults.flatMap((file) => file.assertionResults)) {
    if (status !== 'pending' && status !== 'todo') continue;
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

import { readFileSync } from 'node:fs';
import everything from './jest.config.js';

const promises = JSON.parse(readFileSync(new URL('test/promises.json', import.meta.url), 'utf8'));
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** One integration test for each promise of README, from suites that have more: ./scripts/test --all runs them whole. */
export default {
  ...everything,
  testMatch: [...new Set(promises.map(({ suite }) => `<rootDir>/test/${suite}.test.js`))],
  testNamePattern: `^(${promises.map(({ test }) => escaped(test)).join('|')})$`,
};

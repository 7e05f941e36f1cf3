import everything from './jest.config.js';

/** What these test takes workers, containers or minutes, or it is the lab or the benchmark. */
const OTHERS = [
  'bench/',
  'container/',
  'faults/',
  'fuzz/',
  'infra/',
  'integration/',
  'lab/',
  'matrix/',
  'policy/printed-commands',
  'preflight/permissions',
  'stopping/',
];

/** The unit tests. */
export default {
  ...everything,
  testPathIgnorePatterns: [`<rootDir>/test/(${OTHERS.join('|')})`],
};

/** Runs what tsc compiled into build/, so that tests and types are checked by the same compiler. */
export default {
  rootDir: 'build',
  testMatch: ['<rootDir>/test/**/*.test.js'],
  transform: {},
  testEnvironment: 'node',
  // Integration tests start JVMs; nothing is asserted on time.
  testTimeout: 120_000,
  maxWorkers: 2,
  testSequencer: '<rootDir>/../jest.slow-first.js',
};

// Of the JVMs that the tests start: those live for seconds, and the second compiler would take a third of all CPU.
process.env.JAVA_TOOL_OPTIONS ??= '-XX:TieredStopAtLevel=1';
// The AWS SDK's notice about Node.js 20, eight lines in each process; ./scripts/set-up.sh says it in one.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

/** Runs what tsc compiled into build/, so that tests and types are checked by the same compiler. */
export default {
  rootDir: 'build',
  testMatch: ['<rootDir>/test/**/*.test.js'],
  transform: {},
  testEnvironment: 'node',
  // Integration tests start JVMs; nothing is asserted on time.
  testTimeout: 300_000,
  // More than the cores of a small machine: the slow ones wait for KCL most of their time.
  maxWorkers: 4,
  testSequencer: '<rootDir>/../jest.slow-first.js',
};

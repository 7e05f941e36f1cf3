import * as errors from '../../src/errors/errors.js';
import { ExitCode } from '../../src/errors/exit-codes.js';

const { AccessError, ConfigurationError, CrossAccountKclError, DaemonError } = errors;
const { EnvironmentError, HandlerError, PolicyError, ProtocolError } = errors;

test.each([
  ['EnvironmentError', EnvironmentError, 'XAK_ENVIRONMENT', 2],
  ['PolicyError', PolicyError, 'XAK_POLICY', 2],
  ['AccessError', AccessError, 'XAK_ACCESS', 3],
  ['HandlerError', HandlerError, 'XAK_HANDLER', 4],
  ['DaemonError', DaemonError, 'XAK_DAEMON', 5],
  ['ProtocolError', ProtocolError, 'XAK_PROTOCOL', 5],
] as const)('%s has its name, code and exit code', (name, Kind, code, exitCode) => {
  const cause = new Error('why');
  const error = new Kind('what', { remedy: 'do this', cause });
  expect(error).toBeInstanceOf(CrossAccountKclError);
  expect(error).toMatchObject({ name, code, exitCode, message: 'what', remedy: 'do this', cause });
});

test('an error without a cause has no such property', () => {
  expect(new DaemonError('what')).not.toHaveProperty('cause');
  expect(new DaemonError('what').remedy).toBeUndefined();
});

test('a ConfigurationError lists every problem in its message', () => {
  const problems = [
    { key: '--stream-arn', message: 'is missing' },
    { key: 'a.properties:3 (logLevel)', message: 'is loud' },
  ];
  const error = new ConfigurationError(problems);
  expect(error).toMatchObject({
    name: 'ConfigurationError',
    code: 'XAK_CONFIGURATION',
    exitCode: 2,
    problems,
  });
  expect(error.message).toBe(
    "the configuration can't be used:\n  --stream-arn: is missing\n  a.properties:3 (logLevel): is loud",
  );
});

test('each error that the package can raise has an exit code of its table', () => {
  const kinds = Object.values(errors).filter(
    (Kind) => Kind !== CrossAccountKclError && Kind !== ConfigurationError,
  );
  const codes = kinds.map((Kind) => new (Kind as typeof DaemonError)('what').exitCode);
  for (const code of codes) expect(Object.values(ExitCode)).toContain(code);
});

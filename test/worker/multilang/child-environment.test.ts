import { noteReplaced, restoreReplaced } from '../../../src/worker/multilang/child-environment.js';

const restored = (env: NodeJS.ProcessEnv) => {
  restoreReplaced(env);
  return env;
};

test('a child has the environment as it was given, but for what the launcher added for it', () => {
  const given = {
    PATH: '/bin',
    AWS_ENDPOINT_URL: 'http://ignored',
    AWS_USE_FIPS_ENDPOINT: 'true',
    EMPTY: '',
  };
  const { AWS_ENDPOINT_URL: _, ...others } = given;
  const ofLauncher = { ...others, AWS_USE_FIPS_ENDPOINT: 'false', AWS_ENDPOINT_URL_STS: 'http://of-profile' };
  const noted = noteReplaced(ofLauncher, given);
  expect(noted).toMatchObject(ofLauncher);
  expect(restored({ ...noted, STREAM_ARN: 'arn' })).toEqual({ ...given, STREAM_ARN: 'arn' });
});

test('nothing is restored where nothing was replaced, as under the stock daemon', () => {
  expect(restored(noteReplaced({ A: '1' }, { A: '1' }))).toEqual({ A: '1' });
  expect(restored({ A: '1' })).toEqual({ A: '1' });
});

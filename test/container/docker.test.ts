import { describeWithDocker, dockerIsThere, whyNotDocker } from './helpers/docker.js';

const NO_DAEMON = { ...process.env, DOCKER_HOST: 'unix:///nonexistent/docker.sock' };

test('without a daemon there is no Docker, and the reason is what the client says', () => {
  expect(dockerIsThere(NO_DAEMON)).toBe(false);
  expect(whyNotDocker([], NO_DAEMON)).toMatch(/^no Docker daemon answers: .*docker.*$/);
});

test('without a client there is no Docker', () => {
  expect(whyNotDocker([], { PATH: '/nonexistent' })).toBe(
    'no Docker daemon answers: spawnSync docker ENOENT',
  );
});

describeWithDocker('with a daemon', [], () => {
  test('an image that is nowhere is a reason', () => {
    // Port 1: nobody listens there.
    expect(whyNotDocker(['127.0.0.1:1/nothing:1'])).toMatch(
      /^the image 127\.0\.0\.1:1\/nothing:1 is not here and can't be pulled: .+$/,
    );
  });
});

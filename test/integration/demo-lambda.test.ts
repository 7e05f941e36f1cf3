import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../lab/project-root.js';

test('the demo shows what its page says', async () => {
  const script = join(projectRoot, 'build', 'scripts', 'demo-lambda.js');

  const { stdout } = await promisify(execFile)(process.execPath, [script]);

  expect(stdout).toMatch(/Handled: 199 of 200, 0 twice, in \d+ invocations of 2 environments/);
  expect(stdout).toMatch(
    /In the destination: 1 message, RetryAttemptsExhausted, 1 record of shardId-\d+ at \d+/,
  );
  expect(stdout).toMatch(/Without the stream's policy: User: .* because no resource-based policy allows the/);
});

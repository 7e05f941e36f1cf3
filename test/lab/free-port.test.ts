import { createServer } from 'node:net';
import { freePorts } from '../../lab/free-port.js';

test('free ports are different, and none that the system gives to somebody else', async () => {
  const ports = await freePorts(50);

  expect(new Set(ports).size).toBe(50);
  expect(Math.max(...ports)).toBeLessThan(32_768);
  expect(Math.min(...ports)).toBeGreaterThan(1_023);
});

test('a port that is listened on is passed over', async () => {
  const server = createServer();
  const [taken = 0] = await freePorts(1);
  await new Promise<void>((resolve) => server.listen(taken, resolve));
  try {
    // more than half of what one process chooses from, five times: it would be among them
    for (let turn = 0; turn < 5; turn++) expect(await freePorts(200)).not.toContain(taken);
  } finally {
    server.close();
  }
});

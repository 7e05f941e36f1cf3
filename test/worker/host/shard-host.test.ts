import { writeFileSync } from 'node:fs';
import { Server } from 'node:net';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { EnvironmentError } from '../../../src/errors/errors.js';
import { ShardHost } from '../../../src/worker/host/shard-host.js';
import { deliverySettings } from '../../helpers/delivery-settings.js';
import { memoryLog } from '../../helpers/memory-log.js';
import { STREAM } from '../../helpers/stream.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { ScriptedLauncher } from '../helpers/scripted-launcher.js';

const folder = temporaryFolder();
const options = () => ({
  ...deliverySettings(() => {}),
  streams: [STREAM],
  logger: memoryLog().logger,
});

test('a path in use is refused, and its user stays', async () => {
  const path = join(folder(), 'host.sock');
  const first = await ShardHost.listen(path, options());
  try {
    const error = await ShardHost.listen(path, options()).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error).toMatchObject({
      message: `can't listen on the socket ${path}: it is in use`,
      remedy: expect.stringContaining('RUN_DIRECTORY'),
    });
    (await ScriptedLauncher.greeted(path)).cut();
  } finally {
    first.close();
  }
});

test('a path that can not be is refused with the reason', async () => {
  const file = join(folder(), 'file');
  writeFileSync(file, '');
  const path = join(file, 'host.sock');
  await expect(ShardHost.listen(path, options())).rejects.toThrow(
    /^can't listen on the socket .*host\.sock: .*(ENOTDIR|EACCES|EINVAL)/,
  );
});

test('close ends every connection, and listens no more', async () => {
  const path = join(folder(), 'host.sock');
  const host = await ShardHost.listen(path, options());
  const launchers = await Promise.all([ScriptedLauncher.active(path), ScriptedLauncher.greeted(path)]);

  host.close();

  for (const launcher of launchers) {
    expect(await launcher.next()).toEqual({ type: '(end)' });
    launcher.cut();
  }
  await expect(ScriptedLauncher.connect(path)).rejects.toThrow(/ENOENT|ECONNREFUSED/);
});

test('what goes wrong with the server later is logged, each time', async () => {
  const listen = jest.spyOn(Server.prototype, 'listen');
  const { logger, messages, lines } = memoryLog();
  const host = await ShardHost.listen(join(folder(), 'host.sock'), { ...options(), logger });
  const server = listen.mock.contexts[0] as Server;
  listen.mockRestore();
  try {
    for (const text of ['accept EMFILE', 'accept ENFILE']) server.emit('error', new Error(text));
    expect(messages('error')).toEqual([
      'a connection from the launcher could not be taken',
      'a connection from the launcher could not be taken',
    ]);
    expect(lines.map(({ err }) => err?.message)).toEqual(['accept EMFILE', 'accept ENFILE']);
  } finally {
    host.close();
  }
});

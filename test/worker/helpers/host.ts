import { join } from 'node:path';
import { ProcessorHandler } from '../../../src/delivery/processor-handler.js';
import type { RecordHandler } from '../../../src/delivery/record-handler.js';
import type { RecordProcessor } from '../../../src/delivery/record-processor.js';
import { ShardHost } from '../../../src/worker/host/shard-host.js';
import type { SessionOptions } from '../../../src/worker/host/shard-session.js';
import { deliverySettings } from '../../helpers/delivery-settings.js';
import { type MemoryLog, memoryLog } from '../../helpers/memory-log.js';
import { STREAM } from '../../helpers/stream.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { ScriptedLauncher } from './scripted-launcher.js';

export interface HostOptions extends Partial<Omit<SessionOptions, 'handler'>> {
  handler?: RecordHandler;
  /** Instead of the handler. */
  processor?: Partial<RecordProcessor>;
}

export interface Hosted {
  log: MemoryLog;
  socketPath: string;
  /** Connections, closed after the test. */
  connect: (how?: 'connect' | 'greeted' | 'active') => Promise<ScriptedLauncher>;
}

const PROCESSOR: RecordProcessor = {
  processRecords: (_input, done) => done(),
  shardEnded: ({ checkpointer }, done) => checkpointer.checkpoint(done),
};

/** Makes hosts that checkpoint after every batch, if nothing else is said; each is closed after its test. */
export function hosts(): (options: HostOptions) => Promise<Hosted> {
  const folder = temporaryFolder();
  const cleanUps: (() => void)[] = [];
  afterEach(() => {
    for (const cleanUp of cleanUps.splice(0)) cleanUp();
  });
  return async ({ handler = () => {}, processor, ...options }) => {
    const log = memoryLog();
    const socketPath = join(folder(), 'host.sock');
    const host = await ShardHost.listen(socketPath, {
      ...deliverySettings(handler),
      streams: [STREAM],
      logger: log.logger,
      ...(processor && { handler: () => new ProcessorHandler({ ...PROCESSOR, ...processor }) }),
      ...options,
    });
    cleanUps.push(() => host.close());
    const connect: Hosted['connect'] = async (how = 'active') => {
      const launcher = await ScriptedLauncher[how](socketPath);
      cleanUps.push(() => launcher.cut());
      return launcher;
    };
    return { log, socketPath, connect };
  };
}

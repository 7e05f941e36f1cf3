import { once } from 'node:events';
import type { RecordHandler } from '../../../src/delivery/record-handler.js';

/** Logs what it gets, and then does what the record's partition key names. */
export const handleRecord: RecordHandler = async (record, { logger, shard }) => {
  logger.info({ record: { ...record, data: record.data.toString('hex') }, shard }, 'handled');
  switch (record.partitionKey) {
    case 'noise':
      console.log('x'.repeat(100_000));
      console.info('info');
      console.table([1]);
      process.stdout.write('direct\n');
      return;
    case 'environment': {
      const names = Object.keys(process.env).filter((name) =>
        /^(AWS_(?!SDK_)|CROSS_ACCOUNT_KCL_)/.test(name),
      );
      logger.info(Object.fromEntries(names.map((name) => [name, process.env[name]])), 'environment');
      return;
    }
    case 'throw':
      throw new Error('boom');
    case 'reject late':
      await new Promise((_, reject) => setImmediate(reject, new Error('boom')));
      return;
    case 'let a promise go':
      void Promise.reject(new Error('nobody waits'));
      await new Promise(setImmediate);
      return;
    case 'timer':
      setInterval(() => {}, 1_000_000);
      return;
    case 'stop': {
      const got = once(process, 'SIGTERM');
      process.kill(process.pid, 'SIGTERM');
      await got;
      return;
    }
    case 'signals':
      process.kill(process.pid, 'SIGTERM');
      process.kill(process.pid, 'SIGINT');
      await new Promise(setImmediate);
  }
};

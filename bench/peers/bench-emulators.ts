import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Account, closeAccount, openAccount } from '../../lab/account.js';
import { startDynamoDbLocal } from '../../lab/dynamodb-local.js';
import { freePorts } from '../../lab/free-port.js';
import type { ReplayedRecords } from '../replay/shard-source.js';
import { type Replay, type ReplayOptions, startReplay } from '../replay/start.js';
import type { PeerRun } from './peer.js';

export const STREAM_NAME = 'replayed';
const REGION = 'us-east-1';
const READER = '222222222222';

/** A lease table's place, and a folder, for the time of `use`; nothing of them is left then. */
export async function withDynamoDb<T>(use: (where: BenchEmulators) => Promise<T>): Promise<T> {
  const [port = 0] = await freePorts(1);
  const dynamodb = await startDynamoDbLocal(port);
  const folder = mkdtempSync(join(tmpdir(), 'xak-bench-'));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  // Also where Ctrl-C ends the whole.
  process.once('exit', remove);
  const endpoint = `http://127.0.0.1:${port}`;
  const reader = openAccount(READER, {
    region: REGION,
    kinesisEndpoint: endpoint, // not asked: the stream is replayed
    dynamodbEndpoint: endpoint,
  });
  try {
    return await use(new BenchEmulators(folder, endpoint, reader));
  } finally {
    closeAccount(reader);
    await dynamodb.stop();
    process.off('exit', remove);
    remove();
  }
}

/** How a run differs from others: the rest is where the emulators are. */
export type RunOptions = Pick<PeerRun, 'applicationName' | 'intervals'> &
  Partial<Omit<PeerRun, 'applicationName' | 'intervals' | 'folder' | 'progressFile' | 'account'>>;

export class BenchEmulators {
  #runs = 0;

  constructor(
    readonly folder: string,
    readonly dynamodbEndpoint: string,
    readonly reader: Account,
  ) {}

  run(options: RunOptions & { kinesisEndpoint: string }): PeerRun {
    const folder = join(this.folder, String(++this.#runs));
    mkdirSync(folder);
    return {
      folder,
      progressFile: join(folder, 'progress'),
      streamName: STREAM_NAME,
      dynamodbEndpoint: this.dynamodbEndpoint,
      account: this.reader.env,
      ...options,
    };
  }
}

/** A stream that is replayed for the time of `use`. */
export async function withReplay<T>(
  shards: number,
  records: ReplayedRecords,
  use: (replay: Replay) => Promise<T>,
  tls?: ReplayOptions['tls'],
): Promise<T> {
  const replay = await startReplay({
    shards: Array.from({ length: shards }, () => records),
    ...(tls && { tls }),
  });
  try {
    return await use(replay);
  } finally {
    await replay.stop();
  }
}

import { fileURLToPath } from 'node:url';
import { type Emulator, startEmulator } from '../../lab/emulator-process.js';
import { freePorts } from '../../lab/free-port.js';
import type { ReplayedRecords } from './shard-source.js';

export interface ReplayOptions {
  /** One entry for each shard. */
  shards: readonly ReplayedRecords[];
  /** Where it is to listen with TLS too, HTTP/2 and HTTP/1.1 by ALPN. */
  tls?: { port: number; pfxFile: string; passphrase: string };
}

export interface ReplayedShardState {
  readonly id: string;
  readonly parents: readonly string[];
  readonly open: boolean;
  /** How many of its records were read so far. */
  readonly served: number;
  /** How many it has, once no more are put. */
  readonly records?: number | undefined;
}

export interface Replay extends Emulator {
  readonly endpoint: string;
  /** Calls so far, by operation. */
  calls(): Promise<Record<string, number>>;
  /** Every shard that there is by now. */
  shards(): Promise<ReplayedShardState[]>;
  /** How many records of each shard were read so far. */
  served(): Promise<number[]>;
  /** Puts no more records. @return every shard there was */
  freeze(): Promise<ReplayedShardState[]>;
}

export async function startReplay(options: ReplayOptions): Promise<Replay> {
  const [port = 0] = await freePorts(1);
  const emulator = await startEmulator({
    name: 'the replay',
    command: process.execPath,
    args: [fileURLToPath(new URL('main.js', import.meta.url))],
    env: { REPLAY: JSON.stringify({ ...options, port, shards: inRuns(options.shards) }) },
    port,
  });
  const endpoint = `http://127.0.0.1:${port}`;
  const get = async (path: string) => (await fetch(`${endpoint}${path}`)).json();
  const states = async (path: string) => (await get(path)) as ReplayedShardState[];
  const shards = () => states('/shards');
  return {
    ...emulator,
    endpoint,
    calls: async () => (await get('/calls')) as Record<string, number>,
    shards,
    served: async () => (await shards()).map(({ served }) => served),
    freeze: () => states('/freeze'),
  };
}

/** How often each comes in a row: a variable of the environment holds 128 KiB, too little for 10,000 shards. */
export type Runs = [count: number, records: ReplayedRecords][];

function inRuns(shards: readonly ReplayedRecords[]): Runs {
  const runs: Runs = [];
  for (const records of shards) {
    const last = runs.at(-1);
    if (last?.[1] === records) last[0]++;
    else runs.push([1, records]);
  }
  return runs;
}

import type { BenchEmulators } from '../peers/bench-emulators.js';
import type { Peer, PeerRun } from '../peers/peer.js';
import { type FirstRecord, PeerProcess } from '../peers/peer-process.js';
import { seedLeases, uniformHashKeys } from '../peers/seed-leases.js';
import { startReplay } from '../replay/start.js';
import { startCallCounter } from './call-counter.js';

const SHARDS = 4;
/** Ten records a second and shard, so that a first record does not wait for the next. */
const TRICKLE = { recordBytes: 1024, recordsPerBatch: 100, bytesPerSecond: 10_240 };
/** KCL's defaults need 94 s for a new application. */
const FIRST_RECORD_TIMEOUT_MS = 150_000;

export interface StartCase {
  peer: Peer;
  applicationName: string;
  intervals: PeerRun['intervals'];
  /** Whether the leases are there already, and it was never started: as after a restart. */
  seeded?: boolean;
}

/** Calls so far, by operation. */
export interface Calls {
  dynamodb: Record<string, number>;
  kinesis: Record<string, number>;
}

export interface Started {
  first: FirstRecord;
  calls(): Promise<Calls>;
  /** No more records are put. */
  freeze(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts it on a stream of its own, and waits for its first record. @throws Error with its last log lines */
export async function startPeer(
  where: BenchEmulators,
  { peer, applicationName, intervals, seeded = false }: StartCase,
): Promise<Started> {
  if (seeded) await seedLeases(where.reader.dynamodb, applicationName, uniformHashKeys(SHARDS));
  const counter = await startCallCounter(where.dynamodbEndpoint);
  const replay = await startReplay({ shards: Array.from({ length: SHARDS }, () => TRICKLE) });
  const run = where.run({
    applicationName,
    intervals,
    kinesisEndpoint: replay.endpoint,
    dynamodbEndpoint: counter.endpoint,
  });
  let process: PeerProcess | undefined;
  const stop = async () => {
    await process?.stop();
    counter.stop();
    await replay.stop();
  };
  try {
    process = new PeerProcess(peer, run);
    const first = await process.firstRecord(FIRST_RECORD_TIMEOUT_MS);
    return {
      first,
      calls: async () => ({ dynamodb: { ...counter.calls }, kinesis: await replay.calls() }),
      async freeze() {
        await replay.freeze();
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

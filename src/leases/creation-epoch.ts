import type { StreamArn } from '../aws/arn.js';
import { LeaseTableError } from '../errors/errors.js';
import type { Lease, LeaseTable } from './lease-table.js';

export const OTHER_EPOCHS =
  'the lease table also has leases of this stream with other creation epochs, from which the worker does not continue';

/** A stream's creation epoch, with where it came from; or why it is unknown. */
export type EpochDecision =
  | { epoch: number; source: 'leases' | 'stream' | 'configuration'; warning?: string }
  | { refusal: string; remedy: string };

export interface EpochFacts {
  stream: StreamArn;
  /** As configured, in seconds since 1970. */
  configured: number | 'auto';
  /** When the stream was created, in seconds since 1970, rounded down. */
  ofStream: number;
  leases: readonly Lease[];
  /** Whether a contradiction is wanted. */
  allowChange: boolean;
}

/**
 * Decides on the epoch that goes into the stream's lease keys. KCL takes any; but with another one than that of the
 * leases it makes new leases and reads everything again, and with that of an earlier stream of the same name it takes
 * the checkpoints of that stream for this one's.
 */
export function decideEpoch({
  stream,
  configured,
  ofStream,
  leases,
  allowChange,
}: EpochFacts): EpochDecision {
  const ofLeases = epochsOf(stream, leases);
  const wanted = configured === 'auto' ? ofStream : configured;
  const known = ofLeases.length === 0 || ofLeases.includes(wanted);
  if (wanted === ofStream && known) {
    const source = ofLeases.includes(wanted) ? 'leases' : 'stream';
    return { epoch: wanted, source: configured === 'auto' ? source : 'configuration' };
  }
  const found = contradiction(stream, configured, ofStream, ofLeases);
  const outcome = ofLeases.includes(wanted)
    ? `it would continue from the leases of ${wanted}`
    : 'new leases would be made, and everything that is retained read again';
  if (allowChange) {
    return {
      epoch: wanted,
      source: 'configuration',
      warning: `${found}; allowEpochChange is set: ${outcome}`,
    };
  }
  return { refusal: `${found}; ${outcome}`, remedy: waysOut(ofStream, ofLeases) };
}

/** The creation epochs of the stream's leases, the latest first. */
export function epochsOf({ account, streamName }: StreamArn, leases: readonly Lease[]): number[] {
  const epochs = leases.flatMap(({ stream }) =>
    stream?.account === account && stream.streamName === streamName ? [stream.creationEpoch] : [],
  );
  return [...new Set(epochs)].sort((a, b) => b - a);
}

/** In the other form KCL would find none of its leases, and read everything again. */
export function otherForm(
  { name, leases }: Pick<LeaseTable, 'name' | 'leases'>,
  asTracker: boolean,
): LeaseTableError | undefined {
  const other = leases.find(({ stream }) => (stream !== undefined) !== asTracker);
  if (!other) return undefined;
  const found = `the lease table ${name} has leases like ${other.key}`;
  const again = 'they would not be found, and everything that is retained read again';
  if (asTracker) {
    return new LeaseTableError(
      `${found}, of an application that tracks one stream without its epoch: ${again}`,
      {
        remedy:
          'To continue from them: streamArn alone, without streamCreationEpoch and streams.<n>. To start anew: another applicationName.',
      },
    );
  }
  return new LeaseTableError(
    `${found}, of an application that tracks streams by ARN and creation epoch: ${again}`,
    {
      remedy: 'To continue from them: streamCreationEpoch = auto. To start anew: another applicationName.',
    },
  );
}

function contradiction(
  { arn }: StreamArn,
  configured: number | 'auto',
  ofStream: number,
  ofLeases: readonly number[],
): string {
  const created = `the stream ${arn} was created at ${named(ofStream)}`;
  const leases = ofLeases.length === 0 ? '' : `its leases have ${ofLeases.map(named).join(' and ')}`;
  if (configured !== 'auto') {
    return [`streamCreationEpoch is ${named(configured)}`, created, leases].filter(Boolean).join(', ');
  }
  const earlier = (ofLeases[0] ?? 0) < ofStream;
  const reason = earlier ? ': it was deleted and made again after they were made' : '';
  return `${created}, and ${leases}${reason}`;
}

function waysOut(ofStream: number, ofLeases: readonly number[]): string {
  const [latest] = ofLeases;
  // With auto nothing would be contradicted.
  if (latest === undefined || ofLeases.includes(ofStream)) {
    return `Use streamCreationEpoch = auto; or --allow-epoch-change, if the epoch is meant.`;
  }
  return (
    `To read the stream of ${ofStream} from its initial position: streamCreationEpoch = auto and --allow-epoch-change, once. ` +
    `To continue from the leases of ${latest}, if it is the same stream and the epoch was chosen by hand: ` +
    `streamCreationEpoch = ${latest} and --allow-epoch-change.`
  );
}

function named(epoch: number): string {
  return `${epoch} (${new Date(epoch * 1000).toISOString().replace('.000', '')})`;
}

import { inspect } from 'node:util';
import type { StreamArn } from '../../aws/arn.js';
import { CheckpointError, type Position } from '../../delivery/position.js';
import { cut } from '../../errors/cut.js';
import { ProtocolError } from '../../errors/errors.js';
import { type ControlMessage, Frame } from './frames.js';

/** In characters: short enough for a control frame, even if JSON escapes every one. */
const MAX_REASON_LENGTH = 10_000;

/** The answer to `hello`. @throws ProtocolError if the launcher speaks another version */
export function welcome({ versions }: ControlMessage): ControlMessage {
  if (!Array.isArray(versions) || !versions.includes(Frame.version)) {
    throw new ProtocolError(
      `the launcher speaks versions ${shown(versions)} of the protocol; expected ${Frame.version}`,
      { remedy: 'Build the launcher and this package from the same release: ./scripts/build-launcher' },
    );
  }
  return { type: 'welcome', version: Frame.version };
}

/**
 * Which shard `initialize` names, and where its reading begins.
 *
 * @throws ProtocolError if it is of a stream that the launcher was not told to read
 */
export function initialized(
  { streamArn, shardId, sequenceNumber, subSequenceNumber }: ControlMessage,
  streams: readonly StreamArn[],
): { stream: StreamArn; shard: string; from: Position } {
  const stream = streams.find(({ arn }) => arn === streamArn);
  if (stream === undefined) {
    throw new ProtocolError(
      `the launcher reads ${streamArn}; expected ${streams.map(({ arn }) => arn).join(' or ')}`,
    );
  }
  if (typeof shardId !== 'string') throw new ProtocolError("'initialize' has no 'shardId'");
  const from = {
    sequenceNumber: String(sequenceNumber),
    subSequenceNumber: Number(subSequenceNumber ?? 0),
  };
  return { stream, shard: shardId, from };
}

/** @throws ProtocolError if `leave` has another reason */
export function leaveReason({ reason }: ControlMessage): 'leaseLost' | 'handover' {
  if (reason === 'leaseLost' || reason === 'handover') return reason;
  throw new ProtocolError(`'leave' has the reason ${shown(reason)}; expected leaseLost or handover`);
}

export function unknownMessage({ type }: ControlMessage): ProtocolError {
  return new ProtocolError(`unknown message ${shown(type)}`);
}

/** The error of `checkpointed`. */
export function refusalOf(error: unknown): CheckpointError {
  const { name, message } = (error ?? {}) as { name?: unknown; message?: unknown };
  if (typeof name !== 'string') {
    return new CheckpointError('Unknown', `refused without a reason: ${shown(error)}`);
  }
  return new CheckpointError(name, String(message ?? 'it says no more'));
}

/** What an answer says of an error. */
export function reasonFor({ message }: Error): string {
  return cut(message, MAX_REASON_LENGTH);
}

/** What the launcher sent, short enough for a frame and however deep it is. */
function shown(value: unknown): string {
  return inspect(value, { depth: 2, maxArrayLength: 10, maxStringLength: 200, breakLength: Infinity });
}

import { type Checkpoint, CheckpointError, isAfter, type Position } from '../../src/delivery/position.js';

/** A checkpoint that notes its calls, `end` for one without a position, and fails as often as there are errors. */
export function checkpoints(...errors: Error[]) {
  const made: (Position | 'end')[] = [];
  const checkpoint: Checkpoint = async (position) => {
    made.push(position ?? 'end');
    const error = errors.shift();
    if (error !== undefined) throw error;
  };
  return { made, checkpoint };
}

/** A checkpoint as KCL makes it: it refuses one that goes back, and one behind the records that were delivered. */
export function kclCheckpoints(delivered: Position) {
  const stored: Position[] = [];
  const checkpoint: Checkpoint = async (position = delivered) => {
    const last = stored.at(-1);
    if ((last !== undefined && isAfter(last, position)) || isAfter(position, delivered)) {
      throw new CheckpointError(
        'IllegalArgumentException',
        `Could not checkpoint at extended sequence number ${position.sequenceNumber} as it did not fall into acceptable range`,
      );
    }
    stored.push(position);
  };
  return { stored, checkpoint };
}

import type { Checkpoint, Position } from '../../src/delivery/position.js';

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

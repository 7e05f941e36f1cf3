import type { ConsumerConfig } from '../config/load.js';
import type { Logger } from '../log/logger.js';

/** What decides on where an application without leases begins. */
export type Beginning = Pick<
  ConsumerConfig,
  'streams' | 'tables' | 'initialPositionInStream' | 'initialPositionInStreamExtended'
>;

/** Where there are no checkpoints. Nothing tells a new application from one whose lease table was deleted or emptied. */
export function warnOfNoLeases(
  found: 'missing' | 'empty',
  {
    streams,
    tables: { lease: table },
    initialPositionInStream,
    initialPositionInStreamExtended: at,
  }: Beginning,
  logger: Logger,
): void {
  const ofApplication = at?.toString() ?? initialPositionInStream ?? 'TRIM_HORIZON';
  const positions = [...new Set(streams.map(({ initialPosition = ofApplication }) => initialPosition))];
  logger.warn(
    { table, positions },
    `${found === 'missing' ? `there is no lease table ${table}: KCL makes a new one, and` : `the lease table ${table} has no leases:`} ${positions.map(whatIsRead).join(', or ')}. If the application has run before, its checkpoints are lost: stop the worker, and restore the table before the next start`,
  );
}

function whatIsRead(position: string): string {
  switch (position) {
    case 'TRIM_HORIZON':
      return 'everything that is retained is read (TRIM_HORIZON)';
    case 'LATEST':
      return 'only records that are put from now on are read (LATEST)';
    default:
      return `everything since ${position} (seconds since 1970) is read`;
  }
}

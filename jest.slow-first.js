import TestSequencer from '@jest/test-sequencer';

/**
 * Jest starts the largest files first, for want of better knowledge on a new machine. These wait for KCL's own intervals
 * and would be left to the end, alone.
 */
const SLOW = [
  'container/image',
  'integration/kcl-1.x',
  'matrix/polling',
  'integration/lease-cleanup',
  'integration/killed',
  'integration/unread',
  'integration/new-application',
  'integration/stop',
  'stopping/stopping',
  'integration/secrets',
  'integration/kpl',
  'container/localstack',
  'container/compose',
  'integration/lambda',
  'integration/resharding',
  'integration/many-shards',
  'integration/operation',
  'integration/fan-out',
  'matrix/fan-out',
  'faults/quick',
  'integration/several-streams',
];

export default class SlowFirst extends TestSequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const at = SLOW.findIndex((name) => path.endsWith(`/${name}.test.js`));
      return at < 0 ? SLOW.length : at;
    };
    return [...super.sort(tests)].sort((a, b) => rank(a) - rank(b));
  }
}

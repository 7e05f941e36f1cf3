/** A parent for the tests to kill: starts a lab, says so, and holds it. It survives SIGINT. */
import { startLab } from '../../../lab/lab.js';

process.on('SIGINT', () => process.send?.('interrupted'));
const { kinesisEndpoint } = await startLab();
process.send?.(kinesisEndpoint);

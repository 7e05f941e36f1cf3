import type { Logger } from 'pino';
import { comeAgain, type UncheckpointedRecords } from '../delivery/uncheckpointed-records.js';
import { DaemonError } from '../errors/errors.js';
import { ExitCode } from '../errors/exit-codes.js';
import { endedGracefully, explainEnd, type Launcher } from './launcher.js';
import type { StopRequest, StopSignals } from './stop-signals.js';

/** For the launcher to end after the grace that it was given. */
const EXTRA_GRACE_MS = 5_000;

/**
 * Waits for the launcher to end, by itself or because a signal asks for it.
 *
 * @param stopping is aborted when the stop begins
 * @returns the process's exit code
 * @throws CrossAccountKclError if it ended otherwise than asked, or not in time
 */
export async function untilEnded(
  launcher: Launcher,
  shutdownGraceMs: number,
  signals: StopSignals,
  stopping: AbortController,
  uncheckpointed: UncheckpointedRecords,
  logger: Logger,
): Promise<number> {
  const limitMs = shutdownGraceMs + EXTRA_GRACE_MS;
  let stop: StopRequest | undefined;
  let timedOut = false;
  let timer: NodeJS.Timeout | undefined;
  const killOnExit = () => launcher.kill();
  process.once('exit', killOnExit);
  signals.onStop((request) => {
    stop = request;
    stopping.abort();
    if (request.atOnce) {
      logger.warn({ signal: request.signal }, 'second signal: ending at once, without final checkpoints');
      launcher.kill();
      return;
    }
    logger.info({ signal: request.signal }, 'stopping: final checkpoints, then the end');
    launcher.stop();
    timer = setTimeout(() => {
      timedOut = true;
      launcher.kill();
    }, limitMs);
  });
  const end = await launcher.ended;
  clearTimeout(timer);
  process.removeListener('exit', killOnExit);
  launcher.kill(); // what may be left of its group
  if (stop?.atOnce) return stop.exitCode;
  if (timedOut) {
    throw new DaemonError(`the launcher did not stop within ${limitMs} ms`, {
      remedy: 'Raise shutdownGraceMillis, or make the handler finish a record sooner.',
    });
  }
  if (stop && endedGracefully(end)) {
    logStopped(uncheckpointed, logger);
    return ExitCode.ok;
  }
  throw explainEnd(end, launcher.log);
}

function logStopped({ records, shards }: UncheckpointedRecords, logger: Logger): void {
  if (records === 0) return logger.info('stopped');
  const ofShards = ` of ${shards} shard${shards === 1 ? '' : 's'}`;
  logger.warn({ records, shards }, `stopped; ${comeAgain(records, ofShards)}: their leases were lost`);
}

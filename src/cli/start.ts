import type { Command } from 'commander';
import { StopSignals } from '../worker/stop-signals.js';
import { addConfigOptions, type ConfigOptions, loadFrom } from './config-options.js';

const EXIT_CODES = `
Exit codes:
  0  stopped gracefully         3  access: stream, lease table or credentials
  1  a defect of this program   4  the record handler failed
  2  configuration              5  the KCL daemon ended by itself or did not stop in time
  6  the log could not be written: stopped, with final checkpoints
  130, 143  ended at once by a second SIGINT or SIGTERM
`;

/**
 * Adds `start`; a flag for each key of the configuration.
 *
 * @param notice for the log, besides those of the configuration
 */
export function addStart(
  program: Command,
  setExitCode: (code: number) => void,
  signals?: StopSignals,
  notice?: string,
): void {
  addConfigOptions(
    program
      .command('start')
      .description('read the stream, or several, and hand the records to the record handler, until a signal'),
  )
    .addHelpText('after', EXIT_CODES)
    .action(async (options: ConfigOptions) => {
      const loaded = loadFrom(options);
      const { createLogger } = await import('../log/logger.js');
      const logLost = new AbortController();
      const logger = createLogger(loaded.config, 1, (error) => logLost.abort(error));
      if (notice !== undefined) logger.warn(notice);
      for (const text of loaded.notices) logger.warn(text);
      const { runWorker } = await import('../worker/worker.js');
      setExitCode(await runWorker(loaded, logger, signals ?? new StopSignals(), logLost.signal));
    });
}

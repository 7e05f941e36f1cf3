import { type Command, Option } from 'commander';
import { configKeys } from '../config/config-keys.js';
import { loadConfig } from '../config/load.js';
import { runConsumer } from '../consumer/consumer.js';
import { createLogger } from '../log/logger.js';

const EXIT_CODES = `
Exit codes:
  0  stopped gracefully         3  access: stream, lease table or credentials
  1  a defect of this program   4  the record handler failed
  2  configuration              5  the KCL daemon ended by itself or did not stop in time
  130, 143  ended at once by a second SIGINT or SIGTERM
`;

/** Adds `start`; a flag for each key of the configuration. */
export function addStart(program: Command, setExitCode: (code: number) => void): void {
  const start = program
    .command('start')
    .description('read the stream, or several, and hand the records to the record handler, until a signal')
    .option(
      '-p, --properties <file>',
      'a .properties file: the keys below, and any key of the KCL MultiLangDaemon',
    )
    .option('--set <key=value...>', 'set any key, as in the file; may be repeated');
  for (const { flag, boolean, description, environment, default: text, defaultText = text } of configKeys) {
    const ending = defaultText === undefined ? '' : `; default: ${defaultText}`;
    const option = new Option(
      `${flag} ${boolean ? '[value]' : '<value>'}`,
      `${description} (${environment}${ending})`,
    );
    start.addOption(boolean ? option.preset('true') : option);
  }
  start.addHelpText('after', EXIT_CODES).action(async (options: Record<string, string | string[]>) => {
    const { properties, set, ...flags } = options;
    const loaded = loadConfig({
      file: properties as string | undefined,
      set: set as string[] | undefined,
      flags: flags as Record<string, string>,
      env: process.env,
    });
    const logger = createLogger(loaded.config);
    for (const notice of loaded.notices) logger.warn(notice);
    setExitCode(await runConsumer(loaded, logger));
  });
}

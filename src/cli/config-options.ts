import { type Command, Option } from 'commander';
import { configKeys } from '../config/config-keys.js';
import { type LoadedConfig, loadConfig } from '../config/load.js';

/** What commander read, with the options of the command itself among them. */
export type ConfigOptions = Record<string, unknown>;

const FLAGS = configKeys.map((key) => {
  const { flag, boolean, description, environment, default: text, defaultText = text } = key;
  const ending = defaultText === undefined ? '' : `; default: ${defaultText}`;
  const value = boolean ? '[value]' : '<value>';
  return { boolean, flags: `${flag} ${value}`, description: `${description} (${environment}${ending})` };
});

/** The configuration on the command line: a file, and a flag for each key. */
export function addConfigOptions(command: Command): Command {
  command
    .option(
      '-p, --properties <file>',
      'a .properties file: the keys below, and any key of the KCL MultiLangDaemon',
    )
    .option('--set <key=value...>', 'set any key, as in the file; may be repeated');
  for (const { boolean, flags, description } of FLAGS) {
    const option = new Option(flags, description);
    command.addOption(boolean ? option.preset('true') : option);
  }
  return command;
}

/** @throws ConfigurationError with everything that is wrong */
export function loadFrom(options: ConfigOptions): LoadedConfig {
  const names = FLAGS.map(({ flags }) => new Option(flags).attributeName());
  const flags = Object.fromEntries(names.map((name) => [name, options[name] as string | undefined]));
  return loadConfig({
    file: options.properties as string | undefined,
    set: options.set as string[] | undefined,
    flags,
    env: process.env,
  });
}

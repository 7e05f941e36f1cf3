import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { MADE_BY_DOCKER } from '../errors/no-file.js';
import { option, shellCommand } from '../errors/shell-command.js';

/** Why a call was not made, or not answered, for want of valid credentials. */
export interface CredentialsFailure {
  readonly reason: string;
  readonly remedy: string;
  /** Whether the source could not be asked: that says nothing of the credentials, and may pass. */
  readonly transient?: boolean;
}

/** A file of profiles, as the AWS SDKs look for it. */
interface ProfileFile {
  readonly path: string;
  /** The variable that names it, if one does. */
  readonly variable: string | undefined;
  /** Why it can't be read, such as EACCES. */
  readonly error: string | undefined;
  readonly profiles: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** Any of these makes a profile one that gives credentials, if what it names is there. */
const SOURCES = [
  'aws_access_key_id',
  'role_arn',
  'sso_session',
  'sso_start_url',
  'credential_process',
  'login_session',
];

/** The profile that must be logged in to: the one that AWS_PROFILE names, or which it begins with by source_profile. */
export function loginProfile(env: NodeJS.ProcessEnv): string | undefined {
  const files = profileFiles(env);
  const seen = new Set<string>();
  let name = env.AWS_PROFILE || undefined;
  for (;;) {
    const source: string | undefined = settingsOf(name ?? 'default', files)?.get('source_profile');
    if (source === undefined || seen.has(source)) return name;
    seen.add(source);
    name = source;
  }
}

/** Why the default credential chain finds nothing, which the SDK does not say; undefined if nothing was set up. */
export function missingCredentials(env: NodeJS.ProcessEnv): CredentialsFailure | undefined {
  const { AWS_PROFILE: chosen, AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = env;
  if (!chosen && !id !== !secret) {
    const [set, missing] = id
      ? ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']
      : ['AWS_SECRET_ACCESS_KEY', 'AWS_ACCESS_KEY_ID'];
    return { reason: `${set} is set, and ${missing} is not`, remedy: `Set ${missing} too, or neither.` };
  }
  const files = profileFiles(env);
  const unreadable = files.find(({ error }) => error !== undefined && error !== 'ENOENT');
  if (unreadable) return notReadable(unreadable);
  if (!chosen && files.every(({ error, variable }) => error === 'ENOENT' && !variable)) return undefined;
  return inProfile(chosen || 'default', files);
}

function profileFiles(env: NodeJS.ProcessEnv): ProfileFile[] {
  const home = env.HOME ?? homedir();
  return [
    readProfiles(env, 'AWS_CONFIG_FILE', join(home, '.aws', 'config')),
    readProfiles(env, 'AWS_SHARED_CREDENTIALS_FILE', join(home, '.aws', 'credentials')),
  ];
}

function inProfile(name: string, files: readonly ProfileFile[]): CredentialsFailure {
  const where = files.map(({ path, error }) => (error ? `${path} (there is no such file)` : path));
  const either = `neither ${where.join(' nor ')}`;
  const names = [...new Set(files.flatMap(({ profiles }) => [...profiles.keys()]))];
  const there = names.length === 0 ? 'they have none' : `they have ${names.join(', ')}`;
  const settings = settingsOf(name, files);
  if (settings === undefined) {
    return {
      reason: `the profile '${name}' is in ${either}`,
      remedy: `Correct AWS_PROFILE, or the paths in AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE, or add the profile; ${there}.`,
    };
  }
  const source = settings.get('source_profile');
  if (source !== undefined && settingsOf(source, files) === undefined) {
    return {
      reason: `the profile '${name}' has the source_profile '${source}', which is in ${either}`,
      remedy: `Correct its source_profile, or add that profile; ${there}.`,
    };
  }
  if (settings.has('credential_process')) {
    return {
      reason: `the credential_process of the profile '${name}' gives none`,
      remedy: 'Run it by itself, as this user, to see why.',
    };
  }
  if (settings.has('login_session')) {
    return {
      reason: `the login of the profile '${name}' has ended, or sign-in can't be reached`,
      remedy: `Log in: ${shellCommand(['aws', 'login', ...option('--profile', name)])}`,
    };
  }
  const incomplete = SOURCES.some((key) => settings.has(key));
  return {
    reason: `the profile '${name}' gives none`,
    remedy: incomplete
      ? 'Something that belongs to its settings is missing: aws_secret_access_key beside aws_access_key_id, source_profile or credential_source beside role_arn.'
      : `It has no ${SOURCES.join(', ')}.`,
  };
}

function notReadable({ path, variable, error }: ProfileFile): CredentialsFailure {
  const stat = statSync(path, { throwIfNoEntry: false });
  const { uid, mode } = stat ?? {};
  const rights =
    uid === undefined || mode === undefined
      ? ''
      : ` The file is of user ${uid}, with mode ${(mode & 0o777).toString(8).padStart(3, '0')}.`;
  return {
    reason: `the file ${path}${variable ? `, which ${variable} names,` : ''} can't be read (${error})`,
    remedy: `This process is of user ${process.getuid?.()}.${rights} ${error === 'EISDIR' ? `${MADE_BY_DOCKER}.` : 'Let it read the file.'}`,
  };
}

function settingsOf(name: string, files: readonly ProfileFile[]): ReadonlyMap<string, string> | undefined {
  const found = files.flatMap(({ profiles }) => profiles.get(name) ?? []);
  return found.length === 0 ? undefined : new Map(found.flatMap((settings) => [...settings]));
}

/** As far as it takes to know which profiles there are, and which settings; no value is shown but names of profiles. */
function readProfiles(env: NodeJS.ProcessEnv, variable: string, usual: string): ProfileFile {
  const path = env[variable] || usual;
  const named = env[variable] ? variable : undefined;
  const profiles = new Map<string, Map<string, string>>();
  try {
    let current: Map<string, string> | undefined;
    for (const line of readFileSync(path, 'utf8').split(/\r?\n/)) {
      const [, kind = '', name] = /^\s*\[\s*(?:([\w-]+)\s+)?["']?([^\]"']+?)["']?\s*\]/.exec(line) ?? [];
      if (name !== undefined) {
        current = kind === '' || kind === 'profile' ? new Map(profiles.get(name)) : new Map();
        if (kind === '' || kind === 'profile') profiles.set(name, current);
      }
      const [, key, value = ''] = /^\s*([\w]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
      if (key !== undefined) current?.set(key, value);
    }
    return { path, variable: named, error: undefined, profiles };
  } catch (error) {
    return { path, variable: named, error: (error as NodeJS.ErrnoException).code ?? 'unknown', profiles };
  }
}

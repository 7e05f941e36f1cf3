import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Credentials } from './gate/gate.js';

export interface Profile {
  endpoint: string;
  region: string;
  credentials: Credentials;
}

/** The two files that the AWS SDKs and the AWS CLI read, in a folder of their own. */
export interface ProfileFiles {
  folder: string;
  configFile: string;
  credentialsFile: string;
  remove(): void;
}

/** Writes the profiles, readable by this user alone. */
export function writeProfiles(profiles: Record<string, Profile>): ProfileFiles {
  const folder = mkdtempSync(join(tmpdir(), 'cross-account-kcl-lab-'));
  const configFile = join(folder, 'config');
  const credentialsFile = join(folder, 'credentials');
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    write(configFile, profiles, (name, { endpoint, region }) => ({
      [`[profile ${name}]`]: { region, endpoint_url: endpoint },
    }));
    write(credentialsFile, profiles, (name, { credentials }) => ({
      [`[${name}]`]: {
        aws_access_key_id: credentials.accessKeyId,
        aws_secret_access_key: credentials.secretAccessKey,
        ...(credentials.sessionToken !== undefined && { aws_session_token: credentials.sessionToken }),
      },
    }));
  } catch (error) {
    remove();
    throw error;
  }
  return { folder, configFile, credentialsFile, remove };
}

function write(
  file: string,
  profiles: Record<string, Profile>,
  sectionOf: (name: string, profile: Profile) => Record<string, Record<string, string>>,
): void {
  const lines = Object.entries(profiles)
    .flatMap(([name, profile]) => Object.entries(sectionOf(name, profile)))
    .flatMap(([title, settings]) => [
      title,
      ...Object.entries(settings).map(([key, value]) => `${key} = ${value}`),
    ]);
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
}

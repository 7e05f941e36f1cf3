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

/**
 * Writes the profiles, readable by this user alone.
 *
 * @param given the folder, which exists; one that is made and removed unless given
 */
export function writeProfiles(profiles: Record<string, Profile>, given?: string): ProfileFiles {
  const folder = given ?? mkdtempSync(join(tmpdir(), 'cross-account-kcl-lab-'));
  const { configFile, credentialsFile } = profileFiles(folder);
  const remove = () => {
    if (given === undefined) rmSync(folder, { recursive: true, force: true });
    else removeProfiles(folder);
  };
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

/** Removes the two files, also those of a lab that was killed. */
export function removeProfiles(folder: string): void {
  for (const file of Object.values(profileFiles(folder))) rmSync(file, { force: true });
}

function profileFiles(folder: string) {
  return { configFile: join(folder, 'config'), credentialsFile: join(folder, 'credentials') };
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

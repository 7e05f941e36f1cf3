import { readFileSync } from 'node:fs';

/**
 * Keeps secrets from all that is written. Neither a log's level nor a careful message is enough: AWS's own texts repeat
 * what was sent, such as the session token in the canonical request of a wrong signature, and libraries print settings.
 */

const HIDDEN = '[hidden]';
/** A shorter one would hide parts of ordinary words: an emulator's `test`. */
const MIN_LENGTH = 8;
/** Credentials of a role are replaced every hour. */
const MAX_KNOWN = 1_000;

/** What a secret stands behind, by its name, in headers, JSON, XML, properties and Java's toString(). */
const NAMED =
  /((?:secret_?(?:access_?)?key|(?:session|security|identity|authorization)[-_]?token|external_?id|password)(?:=|:(?=\S)|>|["'\\]+\s*[:=]\s*)["'\\]*)[^\s"'\\,;<>&(){}[\]]+/gi;
const AUTHORIZATION =
  /(authorization["'\\]*\s*[:=]\s*["'\\]*)(?:AWS4-HMAC-SHA256 [^"\n\\]*|(?:(?:basic|bearer|negotiate|digest)\s+)?[^\s"'\\]+)/gi;
const SIGNATURE = /(AWS4-HMAC-SHA256 )Credential=[^"\n\\]*/g;
/** A validation error of AWS: Value 'x' at 'externalId' failed to satisfy constraint. It ends with its string of JSON. */
const ECHOED =
  /(Value )'(?:[^"\\]|\\.)*?'( at '(?:\w+\.)*(?:externalId|webIdentityToken|sAMLAssertion|tokenCode)')/gi;
const WEB_TOKEN = /\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/g;

const SECRET_NAME =
  /(secret|token|password|passwd|passphrase|external_?id|secret_?key|api_?key|secret_?access_?key)$/i;
/** From which the JVM and its `java` program take options: some hold passwords. */
export const JVM_OPTION_VARIABLES = ['JAVA_TOOL_OPTIONS', 'JDK_JAVA_OPTIONS', '_JAVA_OPTIONS'];
/** user:password@ of a URL, such as a proxy's; the scheme may be missing. An image, name:tag@sha256:…, has none. */
const USER_INFO = /^(?:[a-z][\w+.-]*:\/\/)?[^\s/:@]*:([^\s/]+)@(?!sha\d+:)/i;
/** The same within a text. */
const URL_PASSWORD = /(:\/\/[^\s/:@"'\\]*:)[^\s/@"'\\]+@/g;

/** Each form in which a secret is looked for, oldest first: those that are replaced by others, */
const known = new Set<string>();
/** and those of the environment and the configuration, which are used until the end. */
const lasting = new Set<string>();
let pattern: RegExp | undefined;

/** From now on it is hidden in everything that hideSecrets() is given; also URL-encoded, in JSON and in base64. */
export function noteSecret(text: string | undefined): void {
  note(text, known);
}

function note(text: string | undefined, forms: Set<string>): void {
  const secret = text?.trim() ?? '';
  if (secret.length < MIN_LENGTH || forms.has(secret)) return;
  for (const form of [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    Buffer.from(secret).toString('base64url'),
  ]) {
    forms.add(form);
  }
  for (const oldest of known) {
    if (known.size <= MAX_KNOWN) break;
    known.delete(oldest);
  }
  const longestFirst = [...known, ...lasting].sort((a, b) => b.length - a.length);
  pattern = new RegExp(longestFirst.map((form) => form.replace(/[^\w\s]/g, '\\$&')).join('|'), 'g');
}

/** Notes the secrets of the environment, and of the files of tokens that it names. */
export function noteEnvironment(env: NodeJS.ProcessEnv): void {
  for (const [name, text = ''] of Object.entries(env)) noteSecretsOf(name, text);
  for (const file of [env.AWS_WEB_IDENTITY_TOKEN_FILE, env.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE]) {
    try {
      if (file) note(readFileSync(file, 'utf8'), lasting);
    } catch {
      // The AWS SDK reports it.
    }
  }
}

/** Notes what a setting holds that must not be written: an environment variable, or a key of the configuration. */
export function noteSecretsOf(name: string, text: string): void {
  if (SECRET_NAME.test(name)) note(text, lasting);
  else if (/credentials_?provider/i.test(name)) for (const one of providerSecrets(text)) note(one, lasting);
  else if (JVM_OPTION_VARIABLES.includes(name)) {
    for (const [, key = '', value = ''] of text.matchAll(/-D([^\s=]+)=("[^"]*"|'[^']*'|\S+)/g)) {
      noteSecretsOf(key, value.replace(/^["']|["']$/g, ''));
    }
  }
  const [, password] = USER_INFO.exec(text.trim()) ?? [];
  if (password === undefined) return;
  note(password, lasting);
  try {
    note(decodeURIComponent(password), lasting);
  } catch {
    // Not encoded.
  }
}

/** Whether a value may be shown where it is wrong. */
export function maySecret(name: string): boolean {
  return /credential/i.test(name) || SECRET_NAME.test(name);
}

/** The text with all that is known for a secret, or looks like one, hidden. */
export function hideSecrets(text: string): string {
  const without = pattern === undefined ? text : text.replace(pattern, HIDDEN);
  return without
    .replace(AUTHORIZATION, `$1${HIDDEN}`)
    .replace(URL_PASSWORD, `$1${HIDDEN}@`)
    .replace(SIGNATURE, `$1${HIDDEN}`)
    .replace(NAMED, `$1${HIDDEN}`)
    .replace(ECHOED, `$1'${HIDDEN}'$2`)
    .replace(WEB_TOKEN, HIDDEN);
}

/** Arguments of `Provider|argument|…,Provider|…`, but for ARNs, a profile's name, and the name of a role's session. */
function providerSecrets(text: string): string[] {
  return text.split(',').flatMap((provider) => {
    const [name = '', ...args] = provider.trim().split('|');
    if (/Profile\w*CredentialsProvider$/.test(name)) return [];
    return args
      .filter((_, index) => !(index === 1 && /Sts\w*$/i.test(name)))
      .filter((arg) => !/^(arn:|endpoint)/.test(arg))
      .map((arg) => arg.replace(/^\w+=/, ''));
  });
}

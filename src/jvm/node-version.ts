/** As `engines` in package.json says it. */
const FLOOR = '20.19';
/** From the first releases of the AWS SDK for JavaScript of January 2027 on, it requires this version of Node.js. */
const SDK_FLOOR = 22;
/** The AWS SDK's own switch for its notice of this, which takes eight lines in each process. */
const SDK_SWITCH = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED';

/**
 * Says in one line what the AWS SDK says in eight, and turns the SDK's notice off: here, and in the processes that this one
 * starts. The switches of Node.js and of the SDK turn off both.
 *
 * @param env changed: it is what the SDK reads
 * @returns undefined if there is nothing to say
 */
export function nodeVersionNotice(
  env: NodeJS.ProcessEnv,
  version: string = process.versions.node,
): string | undefined {
  if (Number.parseInt(version, 10) >= SDK_FLOOR) return undefined;
  const silenced = env.NODE_NO_WARNINGS === '1' || env[SDK_SWITCH] === 'true';
  env[SDK_SWITCH] = 'true';
  if (silenced) return undefined;
  return (
    `Node.js ${version} gets no more security fixes, and releases of the AWS SDK from January 2027 on need ` +
    `Node.js ${SDK_FLOOR} or later: upgrade Node.js (docs/versions.md)`
  );
}

/** What is wrong with a Node.js that can't load this program, in the form of a message; undefined if nothing is. */
export function nodeTooOld(version: string = process.versions.node): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [floorMajor = 0, floorMinor = 0] = FLOOR.split('.').map(Number);
  if (major > floorMajor || (major === floorMajor && minor >= floorMinor)) return undefined;
  return `Node.js ${version} is too old: expected ${FLOOR} or later. Upgrade it to 22 or later (docs/versions.md)`;
}

/** How long preflight takes on the lab, against the sum of its checks. Run it with `npm run bench:preflight`. */

import { Share } from '../test/matrix/helpers/share.js';
import { checkShare, OF_MACHINE } from '../test/preflight/helpers/check-share.js';
import { figure } from './statistics.js';

const ROUNDS = 7;
const APPLICATION = 'orders-app';

const share = await Share.open({ for: 'kcl', fanOut: true, encrypted: true });
const env = await share.putInForce(share.grants(APPLICATION));

const rounds: { whole: number; sum: number; calls: number }[] = [];
for (let round = 0; round < ROUNDS; round++) {
  const since = share.decisions.length;
  let sum = 0;
  const began = performance.now();
  const report = await checkShare(share, env, 'kcl', APPLICATION, {
    skip: OF_MACHINE,
    onEnd({ seconds }) {
      sum += seconds;
    },
  });
  const whole = (performance.now() - began) / 1000;
  if (!report.passed) throw new Error(JSON.stringify(report.checks, undefined, 2));
  rounds.push({ whole, sum, calls: share.decisions.length - since });
}
await share.lab.stop();

const whole = figure(rounds.map((round) => round.whole)).median;
const sum = figure(rounds.map((round) => round.sum)).median;
process.stdout.write(
  `preflight, KCL with fan-out from an encrypted stream, all passed; median of ${ROUNDS}\n` +
    `  whole  ${whole.toFixed(2)} s, first ${rounds[0]?.whole.toFixed(2)} s\n` +
    `  sum of its checks  ${sum.toFixed(2)} s, ${(sum / whole).toFixed(1)} times the whole\n` +
    `  questions to the policies  ${rounds[0]?.calls}\n`,
);
process.exit();

import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** Debian's; `apt-get install chromium`. Another one: CHROMIUM. */
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox', // as root there is none
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Tests in a real browser; skipped, and their name says so, where there is none. */
export function describeInChromium(name: string, body: (browser: () => Browser) => void): void {
  if (!existsSync(CHROMIUM)) {
    describe.skip(`${name} (needs Chromium: there is no ${CHROMIUM})`, () => body(() => undefined as never));
    return;
  }
  describe(name, () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    });
    afterAll(() => browser.close());
    body(() => browser);
  });
}

import type { Page } from 'playwright-core';
import { HeldLeases } from '../../src/monitoring/held-leases.js';
import { HttpServer } from '../../src/monitoring/http-server.js';
import { type PageFacts, statusPage } from '../../src/monitoring/status-page.js';
import { WorkerStatus } from '../../src/monitoring/worker-status.js';
import { describeInChromium } from '../helpers/chromium.js';
import { memoryLog } from '../helpers/memory-log.js';
import { STREAM } from '../helpers/stream.js';
import { ownedBy, tableOf } from './helpers/lease-tables.js';
import { heldTally, shardName } from './helpers/tallies.js';

const HOSTILE = `</td></table><script>document.title='run'</script><img src=x onerror="document.title='run'">`;
const LONG = 'x'.repeat(2_000);

function facts(): PageFacts {
  const worker = new WorkerStatus();
  worker.jvmStarted();
  worker.kclStarted('0c9f0b0e-3b0a-4f83-9d43-1c3c5d3c9d11');
  const shards = [0, 1, 2].map((number) => heldTally(number));
  for (const { tally, observer } of shards) {
    observer.batch([], 2_000);
    tally.lag.add(Date.now() - 60_000, 30_000);
  }
  shards[1]?.observer.attemptFailed(new Error(HOSTILE));
  shards[2]?.observer.attemptFailed(new Error(LONG));
  const leases = [0, 1, 2].map((number) =>
    ownedBy('0c9f0b0e-3b0a-4f83-9d43-1c3c5d3c9d11', shardName(number)),
  );
  return {
    version: '1.2.3',
    application: `cross-account-kcl-${STREAM.account}-${'a-long-name-of-a-stream-'.repeat(4)}`,
    transport: 'host',
    streams: [STREAM],
    worker,
    live: { ok: true, reason: 'JVM up' },
    ready: { ok: true, reason: 'holds 3 leases' },
    tallies: shards.map(({ tally }) => tally),
    leases: {
      table: tableOf(...leases, ownedBy('another', shardName(3))),
      readAt: Date.now(),
      error: undefined,
    },
    held: new HeldLeases(),
    eventLoopDelayMs: 20,
    now: Date.now(),
  };
}

describeInChromium('the status page in Chromium', (browser) => {
  let server: HttpServer;
  let asked = 0;
  beforeAll(async () => {
    const page = async () => {
      asked++;
      return { status: 200, type: 'text/html; charset=utf-8', body: statusPage(facts()) };
    };
    server = await HttpServer.listen({ host: '127.0.0.1', port: 0 }, { '/': page }, memoryLog().logger);
  });
  afterAll(() => server.close());

  async function open(
    options: Parameters<ReturnType<typeof browser>['newPage']>[0],
    use: (page: Page, problems: string[]) => Promise<void>,
  ) {
    const page = await browser().newPage(options);
    const problems: string[] = [];
    page.on('console', (message) => problems.push(message.text()));
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('request', (request) => {
      if (!request.isNavigationRequest() && !request.url().startsWith('data:')) problems.push(request.url());
    });
    try {
      await page.goto(`http://127.0.0.1:${server.port}/`);
      await use(page, problems);
    } finally {
      await page.close();
    }
  }

  const widthOf = (page: Page) =>
    page.evaluate('[document.documentElement.scrollWidth, window.innerWidth]') as Promise<[number, number]>;

  test.each([true, false])('shows every shard, with JavaScript: %p', async (javaScriptEnabled) => {
    await open({ javaScriptEnabled }, async (page, problems) => {
      expect(await page.locator('table.shards tbody tr').count()).toBe(4);
      expect(await page.locator('table.shards').textContent()).toContain('read here');
      expect(await page.locator('svg').first().boundingBox()).toMatchObject({ height: expect.any(Number) });
      expect(problems).toEqual([]);
    });
  });

  test('text of a handler is text: nothing of it runs, or becomes an element', async () => {
    await open({}, async (page, problems) => {
      expect(await page.title()).not.toBe('run');
      expect(await page.locator('img, script').count()).toBe(0);
      expect(await page.locator('.error').first().textContent()).toContain('<script>');
      expect(problems).toEqual([]);
    });
  });

  test.each([320, 390, 768, 1280])('nothing is wider than a screen of %d pixels', async (width) => {
    await open({ viewport: { width, height: 800 } }, async (page) => {
      const [content, window] = await widthOf(page);
      expect(content).toBeLessThanOrEqual(window);
    });
  });

  test('on a phone each cell has its name beside it', async () => {
    await open({ viewport: { width: 390, height: 800 } }, async (page) => {
      expect(await page.locator('table.shards thead').isVisible()).toBe(false);
      const label = await page.evaluate(
        `getComputedStyle(document.querySelector('table.shards td:nth-child(3)'), '::before').content`,
      );
      expect(label).toBe('"Behind"');
    });
  });

  test('it is dark where that is preferred, and can be read', async () => {
    const colours = async (colorScheme: 'light' | 'dark') => {
      let found: [string, string] = ['', ''];
      await open({ colorScheme }, async (page) => {
        found = (await page.evaluate(
          '[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]',
        )) as [string, string];
      });
      return found;
    };
    const brightness = (colour = '') =>
      (colour.match(/\d+/g) ?? []).reduce((sum, part) => sum + Number(part), 0);
    const [lightText, lightBack] = await colours('light');
    const [darkText, darkBack] = await colours('dark');

    expect(brightness(lightBack) - brightness(lightText)).toBeGreaterThan(400);
    expect(brightness(darkText) - brightness(darkBack)).toBeGreaterThan(400);
  });

  test('it loads itself again', async () => {
    await open({ javaScriptEnabled: false }, async (page) => {
      const before = asked;
      await page.waitForEvent('load', { timeout: 60_000 });
      expect(asked).toBeGreaterThan(before);
    });
  });
});

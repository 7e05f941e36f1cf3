import { compileSender, type Sender } from '../../bench/transport/compile-sender.js';
import { measure, SIZES, type Transport } from '../../bench/transport/measure.js';

let sender: Sender;
beforeAll(async () => {
  sender = await compileSender();
}, 60_000);
afterAll(() => sender.remove());

// That it runs; the figures of a moment say nothing.
const AT_ONCE = { warmUpMs: 1, settleMs: 1, measuredMs: 1 };

test.each<Transport>(['record', 'batch', 'stock'])(
  'the benchmark of the transport sends records of each size: %s',
  async (transport) => {
    const { loads, idleMiB, loadedMiB } = await measure(sender, transport, 2, AT_ONCE);
    expect(loads).toHaveLength(SIZES.length);
    for (const { megabytesPerSecond } of loads) expect(megabytesPerSecond).toBeGreaterThan(0);
    expect(idleMiB).toBeGreaterThan(0);
    expect(loadedMiB).toBeGreaterThan(0);
  },
  60_000,
);

test('a sender that can not start says why', async () => {
  const broken = { ...sender, args: ['-version', 'x'] };
  await expect(measure(broken, 'stock', 1, AT_ONCE)).rejects.toThrow(/the sender ended.*version/s);
}, 60_000);

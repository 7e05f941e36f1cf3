/** How many streams are asked for at once; Kinesis allows 20 DescribeStreamSummary calls a second and account. */
const CONCURRENT_CHECKS = 5;

/** Does the work for each of them, so many at once. */
export async function someAtOnce<T>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<void>,
  concurrent = CONCURRENT_CHECKS,
): Promise<void> {
  const waiting = [...items.entries()];
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await work(next[1], next[0]);
  };
  await Promise.all(Array.from({ length: concurrent }, worker));
}

/** So many at once, in the order given; so are the results. */
export async function inParallel<T, R>(
  jobs: number,
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const waiting = items.entries();
  const worker = async () => {
    for (const [index, item] of waiting) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return results;
}

/** What the whole is summed up in; undefined is what could not be measured. */
export interface Headline {
  /** CPU of ours by that of plain Java KCL, warm, median of the rounds' ratios with 4 shards. */
  wholeTreeVsJava: number | undefined;
  /** The same by the stock MultiLangDaemon with aws-kcl. */
  wholeTreeVsStock: number | undefined;
  /** Node's part of ours, warm: batches of records of 1 KiB. */
  nodeCpuSecondsPerGB: number | undefined;
  /** Of ours, with its defaults. */
  restartToFirstRecordSeconds: number | undefined;
}

/** The last line of the output, which scripts read. */
export function headlineText(headline: Headline): string {
  const { wholeTreeVsJava, wholeTreeVsStock, nodeCpuSecondsPerGB, restartToFirstRecordSeconds } = headline;
  const shown = (value: number | undefined, decimals: number) => value?.toFixed(decimals) ?? 'n/a';
  return (
    `bench: whole tree ${shown(wholeTreeVsJava, 2)} × plain Java KCL warm, ${shown(wholeTreeVsStock, 2)} × stock; ` +
    `Node ${shown(nodeCpuSecondsPerGB, 2)} CPU-s per GB; ` +
    `first record after ${shown(restartToFirstRecordSeconds, 1)} s`
  );
}

/** What could not be measured is null: JSON has no undefined, nor NaN. */
export function headlineJson(headline: Headline): Record<keyof Headline, number | null> {
  const finite = (value: number | undefined) => (Number.isFinite(value) ? (value as number) : null);
  return {
    wholeTreeVsJava: finite(headline.wholeTreeVsJava),
    wholeTreeVsStock: finite(headline.wholeTreeVsStock),
    nodeCpuSecondsPerGB: finite(headline.nodeCpuSecondsPerGB),
    restartToFirstRecordSeconds: finite(headline.restartToFirstRecordSeconds),
  };
}

export function isWhole(headline: Headline): boolean {
  return Object.values(headline).every((value) => Number.isFinite(value));
}

import { constants, PerformanceObserver } from 'node:perf_hooks';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';

const OPTION = '--heap-growing-percent';
const STEP_BYTES = 64 * 1024 * 1024;
/** To four times its size, which is what V8 allows a heap at most that grows fast. */
const MOST_PERCENT = 300;

/**
 * Lets a small heap grow by about 64 MiB between two full garbage collections.
 *
 * V8 counts the memory of Buffers as growth of the heap until they are collected. After a quiet time it allows a heap
 * little growth: then it may collect the whole heap each time that 20 MiB of records were read, which takes more CPU than
 * reading and handling them. The collections of the young generation, which are cheap, free that memory soon enough. A
 * heap of 64 MiB or more grows by V8's own rule, and so does one whose user has set {@link OPTION}.
 */
export function spaceOutCollections(): void {
  if (process.execArgv.some((argument) => argument.startsWith(OPTION))) return;
  setPercent();
  const observer = new PerformanceObserver((list) => {
    const kinds = list.getEntries().map((entry) => (entry as { detail?: { kind?: number } }).detail?.kind);
    if (kinds.includes(constants.NODE_PERFORMANCE_GC_MAJOR)) setPercent();
  });
  observer.observe({ entryTypes: ['gc'] });
}

/** For the next full collection: V8 applies it to what that one leaves. */
function setPercent(): void {
  const percent = Math.ceil((100 * STEP_BYTES) / getHeapStatistics().used_heap_size);
  setFlagsFromString(`${OPTION}=${percent > 100 ? Math.min(percent, MOST_PERCENT) : 0}`);
}

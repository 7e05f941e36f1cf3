import { constants, PerformanceObserver } from 'node:perf_hooks';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';

const STEP_BYTES = 64 * 1024 * 1024;

/**
 * Lets the heap grow by {@link STEP_BYTES} between two full garbage collections, also where it is small.
 *
 * V8 counts the memory of Buffers as growth of the heap until it is collected. That of Node.js 20 may then collect the whole
 * heap each time that 20 MiB of records were read, which takes more CPU than reading and handling them. The young
 * generation's collections, which are cheap, free that memory in time, so the process does not become larger. Where
 * STEP_BYTES are less than the heap holds, V8's own rule stays.
 */
export function spaceOutCollections(): void {
  growByAStep();
  const observer = new PerformanceObserver((list) => {
    const kinds = list.getEntries().map((entry) => (entry as { detail?: { kind?: number } }).detail?.kind);
    if (kinds.includes(constants.NODE_PERFORMANCE_GC_MAJOR)) growByAStep();
  });
  observer.observe({ entryTypes: ['gc'] });
}

function growByAStep(): void {
  const percent = Math.ceil((100 * STEP_BYTES) / getHeapStatistics().used_heap_size);
  setFlagsFromString(`--heap-growing-percent=${percent > 100 ? percent : 0}`);
}

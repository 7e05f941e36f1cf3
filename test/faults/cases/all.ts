import type { FaultCase } from '../fault-case.js';
import { serviceCases } from './services.js';

/** In the order of the table. */
export const faultCases: readonly FaultCase[] = [...serviceCases];

import type { FaultCase } from '../fault-case.js';
import { dynamodbCases } from './dynamodb.js';
import { handlerCases } from './handlers.js';
import { kinesisCases } from './kinesis.js';
import { processCases } from './processes.js';
import { stopCases } from './stops.js';

/** In the order of the table. */
export const faultCases: readonly FaultCase[] = [
  ...processCases,
  ...stopCases,
  ...handlerCases,
  ...dynamodbCases,
  ...kinesisCases,
];

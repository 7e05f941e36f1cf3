import type { FaultCase } from '../fault-case.js';
import { dynamodbCases } from './dynamodb.js';
import { handlerCases } from './handlers.js';
import { kinesisCases } from './kinesis.js';
import { otherCases } from './others.js';
import { processCases } from './processes.js';

/** In the order of the table. */
export const faultCases: readonly FaultCase[] = [
  ...processCases,
  ...handlerCases,
  ...dynamodbCases,
  ...kinesisCases,
  ...otherCases,
];

import type { FaultCase } from '../fault-case.js';
import { checkpointCases } from './checkpoints.js';
import { dynamodbCases } from './dynamodb.js';
import { handlerCases } from './handlers.js';
import { kinesisCases } from './kinesis.js';
import { leaseTableCases } from './lease-tables.js';
import { logCases } from './logs.js';
import { otherCases } from './others.js';
import { processCases } from './processes.js';
import { readCases } from './reads.js';
import { shardEndCases } from './shard-end.js';
import { stopCases } from './stops.js';

/** In the order of the table. */
export const faultCases: readonly FaultCase[] = [
  ...processCases,
  ...stopCases,
  ...handlerCases,
  ...logCases,
  ...checkpointCases,
  ...dynamodbCases,
  ...kinesisCases,
  ...shardEndCases,
  ...leaseTableCases,
  ...readCases,
  ...otherCases,
];

import * as z from 'zod';
import { info, text, whole } from './fields.js';

/** Where a worker tells how it is: docs/operation.md. */
export const operationKeys = {
  httpPort: z
    .union([z.literal('none').transform(() => undefined), whole(0, 65_535)])
    .optional()
    .register(info, {
      description:
        'The port for health, metrics and the status page. 0: any that is free; the log says which.',
      expects: 'whole number, 0 to 65535, or none',
      defaultText: 'none: no HTTP server',
    }),
  httpHost: text
    .regex(/^[\w.:-]+$/)
    .prefault('127.0.0.1')
    .register(info, {
      description:
        'The address that it listens on. `0.0.0.0` or `::` for all: the page names streams, workers and errors.',
      expects: 'IP address or name of this machine',
    }),
};

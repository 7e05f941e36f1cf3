import fc from 'fast-check';
import { denialOf } from '../../src/policy/reader-access.js';
import type { Statement } from '../../src/policy/types.js';
import { accessOf, allowed, callersOf, denials } from './helpers/judged-policies.js';

const ALLOW: Statement = { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' };

test('what is said to be denied is what the lab denies some session of the reader', () => {
  fc.assert(
    fc.property(denials, ({ deny, reader, target, action }) => {
      const denied = callersOf(reader).filter((caller) =>
        allowed(caller, action, target, [ALLOW, deny]).includes(false),
      );
      const denial = denialOf(deny, accessOf(reader, target));

      expect(denial?.actions.includes(action) ?? false).toBe(denied.length > 0);
      if (denied.length > 0 && denial?.uncertain === false) expect(denied).toEqual(callersOf(reader));
    }),
    { numRuns: 3_000 },
  );
});

import { handledOf } from '../../../lab/event-source/batch-result.js';
import { recordsOf } from './helpers/records.js';

const records = recordsOf(4);
const answered = (response: unknown) => ({ requestId: 'r', response, functionError: undefined });
const failures = (...identifiers: unknown[]) =>
  answered({ batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })) });

test.each([
  ['an empty list', failures(), 4],
  ['no list', answered({ batchItemFailures: null }), 4],
  ['an empty answer', answered({}), 4],
  ['no answer', answered(null), 4],
  ['one record', failures('3'), 2],
  ['several: the lowest counts', failures('4', '2', '3'), 1],
  ['the first', failures('1'), 0],
  ['an empty identifier', failures(''), 0],
  ['no identifier', failures(null), 0],
  ['a record that is not of the batch', failures('3', '99'), 0],
  ['another name for the identifier', answered({ batchItemFailures: [{ id: '3' }] }), 0],
  ['a list that is none', answered({ batchItemFailures: '3' }), 0],
])('%s', (_what, result, handled) => {
  expect(handledOf(result, records, true)).toBe(handled);
});

test('an error of the function is all of the batch', () => {
  expect(handledOf({ requestId: 'r', response: undefined, functionError: 'Unhandled' }, records, false)).toBe(
    0,
  );
});

test('without ReportBatchItemFailures the answer says nothing', () => {
  expect(handledOf(failures('3'), records, false)).toBe(4);
});

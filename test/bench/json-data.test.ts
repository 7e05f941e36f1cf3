import { bytesOf, jsonData } from '../../bench/replay/json-data.js';

test.each([100, 1024])('%d bytes are JSON, and are counted without the text', (bytes) => {
  const data = jsonData(bytes);
  expect(data).toHaveLength(bytes);
  expect(bytesOf(JSON.parse(data.toString()))).toBe(bytes);
});

test('a record that is too small for JSON has its bytes nevertheless', () => {
  expect(jsonData(8)).toHaveLength(8);
});

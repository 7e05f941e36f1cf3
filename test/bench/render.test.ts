import { tableText } from '../../bench/render.js';

test('a table says median, least and most, and leaves no cell without a word', () => {
  expect(
    tableText({
      title: 'CPU',
      columns: ['peer', 'CPU-s per GB', 'records', 'note'],
      rows: [
        { name: 'ours', cells: [{ least: 8.25, median: 9.1, most: 10.912 }, 1234567, 'warm'] },
        { name: 'one round', cells: [{ least: 0.5, median: 0.5, most: 0.5 }, Number.NaN, null] },
      ],
    }),
  ).toBe(
    [
      '### CPU',
      '',
      '| peer | CPU-s per GB | records | note |',
      '| --- | ---: | ---: | ---: |',
      '| ours | 9.10 (8.25–10.9) | 1,234,567 | warm |',
      '| one round | 0.50 | – | – |',
      '',
    ].join('\n'),
  );
});

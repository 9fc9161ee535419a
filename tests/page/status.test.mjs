import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runs } from '../../static/status-page/draw.js';
import { bytes, count, dollars, duration, listed, share, summary, verdict } from '../../static/status-page/words.js';

test('figures are as short as they can be without telling less', () => {
  const cases = [
    [duration, [[null, '–'], [0, '0 ms'], [999, '999 ms'], [1_240, '1.24 s'], [12_340, '12.3 s'], [90_000, '1.5 min']]],
    [share, [[null, '–'], [0, '0 %'], [0.5, '50 %'], [0.934, '93 %'], [0.9951, '99.5 %'], [1, '100 %']]],
    [count, [[0, '0'], [0.004, '0.004'], [2.345, '2.35'], [1_234, '1,234'], [56_400, '56 k'], [7_800_000, '7.8 M'], [undefined, '–']]],
    [bytes, [[0, '0 B'], [812, '812 B'], [3_400_000, '3.4 MB'], [5e12, '5000 GB']]],
    [dollars, [[null, '–'], [0, '$0'], [0.00087, '$0.00087'], [0.0123, '$0.012'], [12.5, '$12.50']]],
    [listed, [[[], ''], [['a'], 'a'], [['a', 'b'], 'a and b'], [['a', 'b', 'c'], 'a, b and c']]],
  ];
  for (const [write, pairs] of cases) for (const [value, text] of pairs) assert.equal(write(value), text, `${write.name}(${value})`);
});

test('a rating has words of its own, and the best is told', () => {
  const of = (rating, p95, unit = 'ms') => verdict({ rating, p95, stretch: unit === 'ratio' ? 0.95 : 100, unit })[0];
  assert.deepEqual([of('green', 100), of('green', 101), of('amber', 900), of('red', 900), of('none', null)], ['at its best', 'on target', 'now and then late', 'off target', 'no data yet']);
  assert.deepEqual([of('green', 0.96, 'ratio'), of('green', 0.91, 'ratio'), of('amber', 0.85, 'ratio')], ['at its best', 'on target', 'nearly']);
});

test('the whole is one sentence that names what needs a look', () => {
  const targets = (...ratings) => ratings.map((rating, place) => ({ rating, name: ['turn', 'synthesis', 'transcription'][place] }));
  assert.deepEqual(summary(targets('none', 'none')), ['Quiet.', 'Nothing has happened in this window yet.']);
  assert.equal(summary(targets('green', 'none'))[0], 'All is well.');
  assert.deepEqual(summary(targets('amber', 'green')), ['Well, with a slow moment.', 'A whole turn is late now and then.']);
  assert.deepEqual(summary(targets('red', 'red', 'green')), ['A whole turn and speaking need a look.', '1 of 3 measured targets are met or nearly.']);
});

test('a line is drawn through what there is, and not across gaps', () => {
  assert.deepEqual(runs([null, 1, 2, null, 3]), [[[1, 1], [2, 2]], [[4, 3]]]);
  assert.deepEqual(runs([null, null]), []);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceptFor, chooseLadder, essence, rungFor } from '../../static/speech/ladder.js';

const browser = ({ source = [], decodeOpus = false, play = [] }) => ({
  source: (mime) => source.includes(essence(mime)),
  play: (mime) => play.includes(essence(mime)),
  decodeOpus,
});
const ladder = (features) => chooseLadder(browser(features));
const names = (rungs) => rungs.map(({ kind, mime }) => `${kind} ${essence(mime)}`);

test('a browser that can do everything prefers WebM in Media Source', () => {
  const rungs = ladder({ source: ['audio/webm', 'audio/mp4', 'audio/mpeg'], decodeOpus: true, play: ['audio/webm'] });
  assert.deepEqual(names(rungs), [
    'mse audio/webm',
    'mse audio/mp4',
    'webcodecs audio/ogg',
    'mse audio/mpeg',
    'blob audio/webm',
  ]);
  assert.equal(acceptFor(rungs), 'audio/webm, audio/mpeg;q=0.5');
});

test('Media Source without WebM takes MP4', () => {
  assert.equal(acceptFor(ladder({ source: ['audio/mp4', 'audio/mpeg'] })), 'audio/mp4, audio/mpeg;q=0.5');
});

test('WebCodecs comes before MP3 in Media Source, and asks for Ogg', () => {
  assert.equal(acceptFor(ladder({ source: ['audio/mpeg'], decodeOpus: true })), 'audio/ogg, audio/mpeg;q=0.5');
});

test('the floor is MP3 as a whole clip', () => {
  const rungs = ladder({});
  assert.deepEqual(names(rungs), ['blob audio/mpeg']);
  assert.equal(acceptFor(rungs), 'audio/mpeg');
});

test('what the server really sent decides the player', () => {
  const rungs = ladder({ source: ['audio/webm', 'audio/mpeg'], decodeOpus: true });
  assert.equal(rungFor(rungs, 'audio/webm; codecs=opus').kind, 'mse');
  assert.equal(rungFor(rungs, 'Audio/MPEG').mime, 'audio/mpeg');
  assert.equal(rungFor(rungs, 'audio/ogg').kind, 'webcodecs');
  assert.equal(rungFor(rungs, 'audio/wav').kind, 'blob');
  assert.equal(rungFor(ladder({ source: ['audio/webm'] }), 'audio/mpeg').kind, 'blob');
});

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { createOggReader } from '../../static/speech/ogg.js';

const tone = new Uint8Array(await readFile(new URL('../browser/clips/tone.ogg', import.meta.url)));

function itemsOf(...chunks) {
  const reader = createOggReader();
  return chunks.flatMap((chunk) => reader.push(chunk));
}

/** One page with a single packet of fewer than 255 bytes, or with a lacing table of its own. */
function page(packet, { continued = false, lacing = [packet.length] } = {}) {
  const header = new Uint8Array(27);
  header.set(new TextEncoder().encode('OggS'));
  header[5] = continued ? 1 : 0;
  header[26] = lacing.length;
  return Uint8Array.from([...header, ...lacing, ...packet]);
}

const HEAD = Uint8Array.from([...new TextEncoder().encode('OpusHead'), 1, 1, 56, 1, 128, 187, 0, 0, 0, 0, 0]);
const TAGS = new TextEncoder().encode('OpusTags');

test('a real file gives its head and 20 ms packets for 1.6 s and the pre-skip', () => {
  const [head, ...packets] = itemsOf(tone);
  assert.deepEqual(head, { kind: 'head', channels: 1, preSkip: 312 });
  assert.equal(packets.length, 81);
  assert.ok(packets.every(({ kind, bytes }) => kind === 'packet' && bytes.length > 0));
});

test('every cut of the file gives the same packets', () => {
  const whole = itemsOf(tone);
  for (let at = 0; at <= tone.length; at += 61) {
    assert.deepEqual(itemsOf(tone.subarray(0, at), tone.subarray(at)), whole, `cut at ${at}`);
  }
});

test('a packet that goes on in the next page is one packet', () => {
  const packet = Uint8Array.from({ length: 300 }, (_, index) => index % 251);
  const items = itemsOf(
    page(HEAD),
    page(TAGS),
    page(packet.subarray(0, 255), { lacing: [255] }),
    page(packet.subarray(255), { continued: true }),
  );
  assert.deepEqual(items.slice(1), [{ kind: 'packet', bytes: packet }]);
});

test('err_what_is_not_ogg_or_not_opus_is_refused', () => {
  assert.throws(() => itemsOf(new Uint8Array(64)), { kind: 'voice' });
  assert.throws(() => itemsOf(page(new TextEncoder().encode('vorbis vorbis vorbis'))), { kind: 'voice' });
});

test('err_a_packet_without_end_is_refused', () => {
  const full = page(new Uint8Array(255 * 255), { lacing: Array(255).fill(255) });
  assert.throws(() => itemsOf(page(HEAD), page(TAGS), full), { kind: 'voice' });
});

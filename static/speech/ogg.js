// Takes Opus packets out of an Ogg stream that arrives in pieces.
//
// Owns: pages, lacing and the Opus headers, as far as one logical stream needs them.
// Invariant: any cut of the same bytes gives the same packets; memory is bounded by one page and one packet.
// Source: RFC 3533 §6 (pages), RFC 7845 §4-5 (Opus in Ogg).
// Leaves out: checksums (TCP has its own), seeking, several streams, and decoding.

import { Failure } from '../errors.js';

const PAGE_HEADER_BYTES = 27;
const CAPTURE_PATTERN = 0x4f676753; // "OggS"
const CONTINUED = 0x01;
const LACING_FULL = 255;

/** RFC 7845 §6: a player may refuse packets beyond 61,440 bytes per stream and channel; speech stays far below. */
const PACKET_BYTES_MAX = 61_440;

/** A fed reader: `push(bytes)` returns `{kind: 'head', channels, preSkip} | {kind: 'packet', bytes}` items in order. */
export function createOggReader() {
  let held = new Uint8Array(0);
  let partial = [];
  let partialBytes = 0;
  let packetIndex = 0;

  function push(bytes) {
    held = joined([held, bytes]);
    const items = [];
    for (;;) {
      const page = firstPage(held);
      if (!page) return items;
      held = held.subarray(page.bytes);
      takePage(page, items);
    }
  }

  function takePage(page, items) {
    if (!page.continued) dropPartial();
    for (const { bytes, whole } of page.segments) {
      partial.push(bytes);
      partialBytes += bytes.byteLength;
      if (partialBytes > PACKET_BYTES_MAX) throw new Failure('voice', { detail: 'an Ogg packet is too large' });
      if (!whole) continue;
      takePacket(joined(partial), items);
      dropPartial();
    }
  }

  function dropPartial() {
    partial = [];
    partialBytes = 0;
  }

  function takePacket(packet, items) {
    packetIndex += 1;
    if (packetIndex === 1) items.push(opusHead(packet));
    else if (packetIndex > 2 && packet.byteLength > 0) items.push({ kind: 'packet', bytes: packet });
  }

  return { push };
}

/** The page at the start of `bytes`, or null while it is not whole. */
function firstPage(bytes) {
  if (bytes.byteLength < PAGE_HEADER_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0) !== CAPTURE_PATTERN) throw new Failure('voice', { detail: 'not an Ogg page' });
  const lacingCount = view.getUint8(26);
  let at = PAGE_HEADER_BYTES + lacingCount;
  if (bytes.byteLength < at) return null;
  const lacing = bytes.subarray(PAGE_HEADER_BYTES, at);
  const end = at + lacing.reduce((sum, value) => sum + value, 0);
  if (bytes.byteLength < end) return null;
  const segments = [];
  for (const value of lacing) {
    segments.push({ bytes: bytes.slice(at, at + value), whole: value < LACING_FULL });
    at += value;
  }
  return { bytes: end, continued: (view.getUint8(5) & CONTINUED) !== 0, segments };
}

/** RFC 7845 §5.1: "OpusHead", version, channel count, pre-skip in 48 kHz samples. */
function opusHead(packet) {
  if (packet.byteLength < 19 || new TextDecoder().decode(packet.subarray(0, 8)) !== 'OpusHead') {
    throw new Failure('voice', { detail: 'the Ogg stream is not Opus' });
  }
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  return { kind: 'head', channels: view.getUint8(9), preSkip: view.getUint16(10, true) };
}

function joined(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

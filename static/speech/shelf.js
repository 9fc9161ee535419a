// Keeps the sound of the latest replies, so that hearing one again costs nobody anything.
//
// Owns: the pieces of each reply, oldest heard first to go.
// Invariant: all of them together have at most `bytesMax` bytes.
// Leaves out: where the sound comes from (voice.js) and what to do without it (aloud.js).

/** Some forty minutes of speech. */
export const SHELF_BYTES_MAX = 10 * 1024 * 1024;

/** `put(reply, pieces)` and `get(reply)`, which gives the pieces or null; the reply is any object. */
export function createShelf({ bytesMax = SHELF_BYTES_MAX } = {}) {
  const kept = new Map();
  let bytes = 0;

  function put(reply, pieces) {
    drop(reply);
    const size = pieces.reduce((sum, piece) => sum + piece.bytes.byteLength, 0);
    kept.set(reply, { pieces, size });
    bytes += size;
    while (bytes > bytesMax) drop(kept.keys().next().value);
  }

  function get(reply) {
    const found = kept.get(reply);
    if (!found) return null;
    kept.delete(reply);
    kept.set(reply, found);
    return found.pieces;
  }

  function drop(reply) {
    bytes -= kept.get(reply)?.size ?? 0;
    kept.delete(reply);
  }

  return { put, get };
}

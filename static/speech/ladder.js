// Decides how speech is played, from what the browser says it can do.
//
// Owns: the order of preference. Sound must start while the reply is still being made, so Media Source Extensions come
// first; a whole clip in an <audio> element, which starts last, is the floor that every browser has.
// Invariant: the ladder is never empty, and its last rung takes any type.
// Source: measurements of start times per path, and https://www.w3.org/TR/media-source-2/.
// Leaves out: the playing itself (player-mse.js, player-webcodecs.js, player-blob.js).

const WEBM_OPUS = 'audio/webm;codecs=opus';
const MP4_OPUS = 'audio/mp4;codecs=opus';
const OGG_OPUS = 'audio/ogg;codecs=opus';
const MP3 = 'audio/mpeg';

/**
 * The rungs this browser has, best first: `{kind: 'mse'|'webcodecs'|'blob', mime}`, where `mime` may be '*' for a blob.
 * `can` answers for the browser: `source(mime)` Media Source, `decodeOpus` WebCodecs, `play(mime)` an <audio> element.
 */
export function chooseLadder(can) {
  const rungs = [];
  const addSource = (mime) => {
    if (can.source(mime)) rungs.push({ kind: 'mse', mime });
  };
  addSource(WEBM_OPUS);
  addSource(MP4_OPUS);
  if (can.decodeOpus) rungs.push({ kind: 'webcodecs', mime: OGG_OPUS });
  addSource(MP3);
  rungs.push({ kind: 'blob', mime: [WEBM_OPUS, MP4_OPUS].find((mime) => can.play(mime)) ?? MP3 });
  return rungs;
}

/**
 * The `Accept` header for a ladder: the best rung's type, and MP3 as second choice, for a server whose provider
 * cannot make Opus.
 */
export function acceptFor(rungs) {
  const first = essence(rungs[0].mime);
  return first === MP3 ? MP3 : `${first}, ${MP3};q=0.5`;
}

/** The words of `audio.format` in a chat request. */
const FORMATS = { 'audio/webm': 'webm', 'audio/mp4': 'mp4', 'audio/ogg': 'opus', 'audio/mpeg': 'mp3' };

/** What to ask for when text and sound come in one stream: the best rung's `{format, type}`. */
export function streamFor(rungs) {
  const type = essence(rungs[0].mime);
  return { format: FORMATS[type], type };
}

/** The rung for what the server really sent; the floor when no better one takes that type. */
export function rungFor(rungs, contentType) {
  const type = essence(contentType);
  return rungs.find((rung) => rung.kind !== 'blob' && essence(rung.mime) === type) ?? rungs.at(-1);
}

/** The type without its parameters, lower case: "audio/webm" of "audio/WebM; codecs=opus". */
export function essence(contentType) {
  return (contentType ?? '').split(';')[0].trim().toLowerCase();
}

/** Asks this browser. WebCodecs answers later than the others, so the result is a promise. */
export async function probe(scope = globalThis) {
  const Source = scope.ManagedMediaSource ?? scope.MediaSource;
  const audio = scope.document.createElement('audio');
  return {
    source: (mime) => Source?.isTypeSupported(mime) ?? false,
    play: (mime) => audio.canPlayType(mime) !== '',
    decodeOpus: await decodesOpus(scope),
  };
}

async function decodesOpus(scope) {
  if (!scope.AudioDecoder || !scope.AudioContext) return false;
  const config = { codec: 'opus', sampleRate: 48_000, numberOfChannels: 1 };
  const answer = await scope.AudioDecoder.isConfigSupported(config).catch(() => null);
  return answer?.supported === true;
}

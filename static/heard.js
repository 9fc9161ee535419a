// Measures what a server cannot know: from the end of what was said or sent to the first audible sample here.
//
// Owns: one measurement at a time, on one clock (performance.now), and the handing in of its figure.
// Invariant: nothing of the person goes out but the turn's id and a number of milliseconds; a measurement that is not sure
// is not handed in. Bluetooth delays are told by the platform only in part, so the figure is a lower bound.
// Leaves out: playing.

/** Quieter than −50 dBFS is silence. */
const AUDIBLE = 10 ** (-50 / 20);
/** A voice that begins so long after its first sample has begun with silence that is not worth waiting for. */
const SILENCE_MS_MAX = 1_500;

/**
 * `begin()` when a person has finished, `turn(id)` when the server says which turn it is, `sound()` when sound begins to be
 * played (or `audible(at)`), `drop()` when it will not be heard. `report(id, ms)` hands in.
 */
export function createHeard({ audio, report, now = () => performance.now(), frame = requestAnimationFrame.bind(globalThis), listen = listener }) {
  let current = null;

  function finish(at) {
    const { id, begun_at, hasEnded } = current ?? {};
    if (!current || hasEnded) return;
    current.hasEnded = true;
    const ms = Math.round(at - begun_at);
    if (id && ms >= 0 && ms <= 120_000) report(id, ms);
  }

  function watch(own) {
    let played_at;
    const ear = listen(audio);
    const look = () => {
      if (current !== own || own.hasEnded) return ear?.stop();
      if (played_at === undefined && (audio.paused || audio.currentTime > 0)) played_at = now();
      const isLate = played_at !== undefined && now() - played_at > SILENCE_MS_MAX;
      if (ear ? ear.loudness() > AUDIBLE : played_at !== undefined) finish(now() + (ear?.delay_ms ?? 0));
      else if (isLate) finish(played_at);
      frame(look);
    };
    look();
  }

  return {
    begin(at = now()) {
      current = { begun_at: at };
    },
    turn(id) {
      if (current && !current.hasEnded) current.id = id;
    },
    sound() {
      if (!current || current.isWatched) return;
      current.isWatched = true;
      watch(current);
    },
    /** The first audible sample was heard at `at`, where that is known. */
    audible: finish,
    drop() {
      current = null;
    },
  };
}

/** Hears what an element plays without coming between it and the loudspeaker; null where the browser cannot. */
function listener(audio) {
  try {
    const stream = audio.captureStream?.() ?? audio.mozCaptureStream?.();
    const context = new AudioContext();
    if (!stream?.getAudioTracks().length || context.state !== 'running') {
      context.close();
      return null;
    }
    const analyser = context.createAnalyser();
    context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    return {
      delay_ms: 1_000 * (context.outputLatency || context.baseLatency || 0),
      loudness() {
        analyser.getFloatTimeDomainData(samples);
        return samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
      },
      stop: () => context.close(),
    };
  } catch {
    return null;
  }
}

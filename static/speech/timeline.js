// Places decoded sound on an AudioContext's clock, piece behind piece.
//
// Owns: the queue of scheduled buffers of one spoken reply, and how much of them was heard.
// Invariant: every buffer starts exactly where the one before it ends, unless the network was too slow; then it starts
// a moment from now, faded in, instead of in the past.
// Leaves out: decoding (player-webcodecs.js, player-pcm.js). It runs in Node for tests.

/** Lead given to a buffer that follows silence, so that it is not scheduled in the past. */
const LEAD_S = 0.06;

/** How exactly a moment is told, seconds. */
const CLOCK_SLACK_S = 0.02;

/** After an underrun the first samples are faded in, against a click. */
const FADE_SAMPLES = 128;

/**
 * A time line on a context that a person's gesture has already opened. `play(planes)` gives the moment at which they will be heard,
 * `at(timeS, tell)` waits for such a moment, `playedS()` is how much was heard; `finish()` and `stop()` are a player's. `onSound` is called when sound begins.
 */
export function createTimeline({ context, rateHz, onSound, onBlocked }) {
  const playing = new Map(); // buffers that are heard, or will be: when they start
  const timers = new Set();
  let nextS = 0;
  let endedS = 0;
  let stopped = false;
  let sounded = false;
  let heardAll = () => {};

  if (context.state === 'suspended') {
    context.resume().catch(() => {});
    if (!globalThis.navigator?.userActivation?.hasBeenActive) onBlocked();
  }

  function play(planes) {
    if (stopped || !planes[0]?.length) return nextS;
    const isLate = nextS < context.currentTime;
    const buffer = context.createBuffer(planes.length, planes[0].length, rateHz);
    for (const [channel, plane] of planes.entries()) {
      if (isLate) fadeIn(plane);
      buffer.copyToChannel(plane, channel);
    }
    if (isLate) nextS = context.currentTime + LEAD_S;
    const startS = nextS;
    const node = context.createBufferSource();
    node.buffer = buffer;
    node.connect(context.destination);
    node.addEventListener('ended', () => {
      playing.delete(node);
      endedS += buffer.duration;
      if (playing.size === 0) heardAll();
    });
    playing.set(node, startS);
    node.start(startS);
    nextS += buffer.duration;
    if (!sounded) at(startS, onSound);
    sounded = true;
    return startS;
  }

  function at(timeS, tell) {
    const timer = setTimeout(() => {
      timers.delete(timer);
      if (stopped) return;
      // The audio clock stands still while the sound is held or taken away.
      if (timeS - context.currentTime > CLOCK_SLACK_S) at(timeS, tell);
      else tell();
    }, Math.max(CLOCK_SLACK_S, timeS - context.currentTime) * 1_000);
    timers.add(timer);
  }

  function playedS() {
    const nowS = context.currentTime - (context.outputLatency || 0);
    let sum = endedS;
    for (const [{ buffer }, startS] of playing) sum += Math.min(Math.max(nowS - startS, 0), buffer.duration);
    return sum;
  }

  async function finish() {
    if (stopped || playing.size === 0) return;
    await new Promise((resolve) => {
      heardAll = resolve;
    });
  }

  function stop() {
    stopped = true;
    for (const timer of timers) clearTimeout(timer);
    for (const node of playing.keys()) node.stop();
    playing.clear();
    heardAll();
  }

  return { play, at, playedS, finish, stop, get isStopped() { return stopped; } };
}

function fadeIn(plane) {
  const count = Math.min(FADE_SAMPLES, plane.length);
  for (let index = 0; index < count; index += 1) plane[index] *= index / count;
}

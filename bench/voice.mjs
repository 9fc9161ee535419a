// Spoken turns through the built Worker, with a provider at a known pace: what hearken adds to the first sound, what it
// saves against doing one thing after the other, how many bytes its sound has, and what fifty turns at once do to it,
// against the same work through a Worker that only passes on. `node bench/voice.mjs crowd` runs one part alone.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { startLocalProviders } from '../local/server.mjs';
import { localVars, startWorker } from '../scripts/worker.mjs';
import { cpu_ms, startContenders, startUpstream } from './contenders.mjs';
import { median, quantile } from './statistics.mjs';
import { MS_PER_CHARACTER, PACE, words } from './voice-pace.mjs';
import { population } from './voice-population.mjs';
import { firstSoundMs, leastMs, plainTurn, silenceMs, stepByStep, turn } from './voice-turn.mjs';

const FIRST = 'That is a lovely thought to begin with.';
const REPLY = `${FIRST} It reminds me of a long walk by the sea, when the light was low and nobody was in a hurry. `
  + 'You could hear the gulls over the harbour, and somewhere a door that opened and closed in the wind. '
  + 'Perhaps we should take a little time, and you tell me what it was that stayed with you.';
/** About a minute of speech. */
const LONG = `${REPLY} There is a small place at the end of the pier where they sell tea in paper cups, and the woman there knows everybody by name. `
  + 'She asked me once what I was looking for, and I had no answer, so she gave me the tea for nothing and told me to come back when I knew. '
  + 'I did come back, years later, and she remembered. We talked until the lamps were lit. It was an ordinary evening, and I have never forgotten it. '
  + 'So tell me about yours. Who was there, what did you hear, and what did you think of on the way home? Take all the time that you need.';
const PERSONA = 'It is good to hear from you today, my friend.';

const SENTENCES = [
  'Good evening.', 'I hear you.', 'How was your day by the sea?', 'That sounds like a lot to carry alone.', 'Tell me more about your sister.',
  'We could go through it step by step, if you like.', 'There is no hurry at all.', 'The train leaves at ten past eight.', 'I am glad that you called.',
  'Would you rather rest for a while?', 'It will rain in the afternoon, so take your coat.', 'Thank you for telling me.', 'I had not thought of it that way.',
  'Your appointment is on Thursday morning.', 'Let us begin with the easy part.', 'She will be happy to see you again.', 'The soup needs another ten minutes.',
  'You have done this before, and it went well.', 'What would make tomorrow a little lighter?', 'Sleep well, and until tomorrow.',
];


const VARS = {
  // Clocks that no busy machine runs out of: a failed phrase would be measured as a short one.
  TTS_HEADERS_MS: '30000', TTS_FIRST_MS: '30000', TTS_IDLE_MS: '30000', LLM_FIRST_MS: '30000', LLM_HEADERS_MS: '30000', LLM_IDLE_MS: '30000',
  PERSONA_PHRASES: PERSONA, PHRASE_FLUSH_MS: '50',
};
const LATENCY_ROUNDS = 20;
const CROWD = 50;
const CROWD_ROUNDS = 3;

async function repeated(rounds, once) {
  const values = [];
  for (let round = 0; round < rounds; round += 1) values.push(await once());
  return values;
}

async function latency({ url }) {
  const path_ms = PACE.first_token_ms + (words(FIRST).length - 1) * PACE.token_ms + PACE.first_audio_ms;
  const enough = { isEnough: ({ sounds }) => sounds.length > 0 };
  const firsts = await repeated(LATENCY_ROUNDS, async () => firstSoundMs(await turn(url, REPLY, {}, enough)));
  await until(async () => firstSoundMs(await turn(url, `${PERSONA} ${FIRST}`)) < path_ms - 50);
  const waits = await repeated(LATENCY_ROUNDS, async () => {
    const got = await turn(url, `${PERSONA} ${FIRST}`);
    // The phrase is known with the word after it.
    return firstSoundMs(got) - got.texts[words(PERSONA).length].at_ms;
  });
  return [
    {
      name: 'voice: first sound against its critical path, p50', unit: 'x', measured: median(firsts) / path_ms, target: { at_most: 1.05 },
      detail: { first_sound_ms: median(firsts), critical_path_ms: path_ms, p95_ms: quantile(firsts, 0.95) },
    },
    {
      name: 'voice: a kept first phrase, from known to heard, p50', unit: 'ms', measured: median(waits), target: { at_most: 10 },
      detail: { p95_ms: quantile(waits, 0.95) },
    },
  ];
}

async function until(condition) {
  for (let attempt = 0; attempt < 40; attempt += 1) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the first phrase was never kept');
}

/** A turn against the same reply written whole and then spoken whole. A short one cannot be much quicker: see `least`. */
async function totals({ url, plain, provider }) {
  const rows = [];
  for (const [name, text, target] of [['with a minute of speech', LONG, { at_most: 0.5 }], ['with twenty seconds of speech', REPLY, undefined]]) {
    // Its encoding would count as the provider's time.
    await (await fetch(`${provider}/prepare`, { method: 'POST', body: JSON.stringify({ input: text }) })).text();
    const steps = await Promise.all([1, 2, 3].map(() => stepByStep(plain, text)));
    const turns = await repeated(3, () => turn(url, text));
    const total_ms = median(turns.map((one) => one.total_ms));
    const last_ms = turns[0].transcripts.at(-1).length * MS_PER_CHARACTER;
    rows.push({
      name: `voice: a turn ${name} against step by step`, unit: 'x', measured: total_ms / median(steps), ...(target ? { target } : {}),
      detail: { total_ms, step_by_step_ms: median(steps), phrases: turns[0].transcripts.length, least_ms: leastMs(words(text).length, last_ms) },
    });
  }
  return rows;
}

/**
 * Fifty turns at once, and the same work without hearken, in turn. On a machine with few cores the provider and this
 * client are late by themselves: what they and a plain Worker do to the sound is taken off.
 */
async function crowd({ url, plain, pid, provider }) {
  const { transcripts } = await turn(url, REPLY);
  const all = (once) => Promise.all(Array.from({ length: CROWD }, once));
  const contenders = {
    plain: () => plainTurn(plain, REPLY, transcripts),
    // All of one person: what is said to one alone is not kept, so every phrase is made.
    hearken: () => turn(url, REPLY),
  };
  const seen = { plain: { silences: [], firsts: [], cpu: [] }, hearken: { silences: [], firsts: [], cpu: [] } };
  let [client_lag_ms, provider_lag_ms] = [0, 0];
  for (let round = 0; round < CROWD_ROUNDS; round += 1) {
    for (const name of ['plain', 'hearken']) {
      const lag = monitorEventLoopDelay({ resolution: 5 });
      await (await fetch(`${provider}/lag`)).json();
      lag.enable();
      const before_ms = pid ? cpu_ms(pid) : 0;
      const turns = await all(contenders[name]);
      seen[name].cpu.push(pid ? (cpu_ms(pid) - before_ms) / CROWD : 0);
      lag.disable();
      client_lag_ms = Math.max(client_lag_ms, lag.max / 1e6 - 5);
      provider_lag_ms = Math.max(provider_lag_ms, (await (await fetch(`${provider}/lag`)).json()).lag_ms);
      seen[name].silences.push(Math.max(...turns.map(silenceMs)));
      seen[name].firsts.push(...turns.map(firstSoundMs));
    }
  }
  const [plain_ms, hearken_ms] = [seen.plain, seen.hearken].map(({ silences }) => median(silences));
  return [{
    name: `voice: longest silence added to ${CROWD} turns at once`, unit: 'ms', measured: Math.max(0, hearken_ms - plain_ms), target: { at_most: 50 },
    detail: {
      hearken_ms, plain_ms, worst_ms: Math.max(...seen.hearken.silences), plain_worst_ms: Math.max(...seen.plain.silences),
      first_p50_ms: median(seen.hearken.firsts), first_p95_ms: quantile(seen.hearken.firsts, 0.95),
      plain_first_p50_ms: median(seen.plain.firsts), plain_first_p95_ms: quantile(seen.plain.firsts, 0.95),
      cpu_ms_a_turn: median(seen.hearken.cpu), plain_cpu_ms_a_turn: median(seen.plain.cpu), client_lag_ms, provider_lag_ms, rounds: CROWD_ROUNDS,
    },
  }];
}

/** The same sentences as hearken sends them, and as MP3 of the engine, with the real voice. */
async function bytes() {
  const providers = await startLocalProviders({ port: 0, settings: { speech: { first_ms: 0 } } });
  const worker = await startWorker({ vars: { ...localVars(providers.url), TTS: 'elevenlabs:bench' } });
  const size = async (url, body) => {
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${url}: ${response.status}`);
    return (await response.arrayBuffer()).byteLength;
  };
  try {
    await providers.warm();
    const sums = { webm: 0, 128: 0, 64: 0 };
    for (const text of SENTENCES) {
      sums.webm += await size(`${worker.url}/v1/audio/speech`, { input: text, voice: 'bench', response_format: 'webm' });
      for (const rate of [128, 64]) sums[rate] += await size(`${providers.url}/v1/text-to-speech/bench/stream?output_format=mp3_44100_${rate}`, { text });
    }
    return [[128, 60], [64, 35]].map(([rate, target]) => ({
      name: `voice: fewer bytes than MP3 at ${rate} kb/s, ${SENTENCES.length} sentences`, unit: '%',
      measured: 100 * (1 - sums.webm / sums[rate]), target: { at_least: target },
      detail: { webm_bytes: sums.webm, mp3_bytes: sums[rate] },
    }));
  } finally {
    await worker.stop();
    await providers.close();
  }
}


const PARTS = { latency, totals, crowd, population, bytes };

/** Rows of results: of the named parts, or of all. */
export async function run(names = Object.keys(PARTS)) {
  const provider = await startUpstream('voice-provider.mjs');
  const contenders = await startContenders(provider.url, undefined, VARS);
  const place = { url: contenders.urls.hearken, plain: contenders.urls.plain, pid: contenders.pid, provider: provider.url };
  try {
    await turn(place.url, REPLY);
    const rows = [];
    for (const name of names) rows.push(...(await PARTS[name](place)));
    return rows;
  } catch (error) {
    console.error(contenders.logs.join('').slice(-2_000));
    throw error;
  } finally {
    await contenders.stop();
    provider.stop();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const row of await run(process.argv.length > 2 ? process.argv.slice(2) : undefined)) console.log(JSON.stringify(row));
}

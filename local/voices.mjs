// Voice ids of the real providers, each with an espeak-ng voice of its own. Any other id gets a steady voice by its hash.

const US = 'en-us';
const GB = 'en-gb';

/** `id: [espeak voice, pitch 0..99, name]`. */
const VOICES = {
  '21m00Tcm4TlvDq8ikWAM': [`${US}+f3`, 52, 'Rachel'], EXAVITQu4vr4xnSDxMaL: [`${US}+f2`, 55, 'Sarah'],
  JBFqnCBsd6RMkjVDRZzb: [`${GB}+m3`, 42, 'George'], pNInz6obpgDQGcFmaJgB: [`${US}+m7`, 40, 'Adam'],
  alloy: [`${US}+f4`, 48, 'alloy'], ash: [`${US}+m1`, 45, 'ash'], coral: [`${US}+f1`, 55, 'coral'], echo: [`${US}+m3`, 45, 'echo'],
  fable: [`${GB}+f4`, 50, 'fable'], nova: [`${US}+f2`, 56, 'nova'], onyx: [`${US}+m7`, 35, 'onyx'], sage: [`${GB}+f3`, 50, 'sage'],
  shimmer: [`${US}+f5`, 54, 'shimmer'], verse: [`${US}+m4`, 48, 'verse'],
  'aura-2-thalia-en': [`${US}+f3`, 55, 'thalia'], 'aura-asteria-en': [`${US}+f2`, 52, 'asteria'], 'aura-2-orion-en': [`${US}+m3`, 42, 'orion'],
  luna: [`${US}+f4`, 52, 'luna'], asteria: [`${US}+f2`, 52, 'asteria'], angus: [`${GB}+m4`, 44, 'angus'],
};
const VARIANTS = ['f1', 'f2', 'f3', 'f4', 'm1', 'm3', 'm4', 'm7'];
/** espeak-ng's own default is 175; a little slower sounds calmer. */
const WORDS_PER_MINUTE = 165;

/** The engine's voice for an id at a `speed` of 1 = normal; undefined for an unknown id when `strict`. */
export function voiceFor(id, { speed = 1, strict = false } = {}) {
  const known = Object.hasOwn(VOICES, id) ? VOICES[id] : undefined;
  if (!known && strict) return undefined;
  const sum = [...String(id)].reduce((total, character) => total + character.codePointAt(0), 0);
  const [name, pitch] = known ?? [`${US}+${VARIANTS[sum % VARIANTS.length]}`, 40 + (sum % 20)];
  return { name, pitch, words_per_minute: Math.round(Math.max(80, Math.min(450, WORDS_PER_MINUTE * speed))) };
}

/** `GET /v1/voices` in ElevenLabs' form. */
export const voiceList = () => ({
  voices: Object.entries(VOICES).filter(([id]) => id.length === 20).map(([voice_id, [, , name]]) => ({
    voice_id, name, category: 'premade', labels: {}, description: null, preview_url: null, settings: null,
  })),
  has_more: false, total_count: 4, next_page_token: null,
});

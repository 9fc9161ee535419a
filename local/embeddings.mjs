// Embeddings by hashing: words, character trigrams and a few groups of words that mean much the same. Deterministic,
// normalised to length 1; sentences that share words, stems or topics are near each other. No model.

import { badInput } from './errors.mjs';

export const DIMENSIONS = 384;
const INPUTS_MAX = 2_048;
const WEIGHTS = { word: 1, trigram: 0.25, topic: 1.2 };

/** Words of one group share a feature; the first is its name. Stems, compared by prefix. */
const TOPICS = [
  'pet dog cat puppy kitten rabbit animal hamster', 'family mother father mum mom dad sister brother parent son daughter child kid aunt uncle grandmother grandfather',
  'partner wife husband girlfriend boyfriend spouse marri wedding', 'home live house flat apartment city town mov address neighbour', 'work job career office boss colleague employ company profession teach engineer nurse doctor',
  'food eat meal cook dish dinner lunch breakfast pizza pasta restaurant cuisine hungry bak', 'drink coffee tea wine beer juice water', 'music song guitar piano band sing concert album listen',
  'sport run football soccer tennis swim gym climb hike cycl bike yoga exercise', 'travel trip holiday vacation flight journey visit abroad country beach', 'study school university college exam learn course student class',
  'health ill sick pain hospital medicine allerg headache asthma diabet', 'sad lonely depress down unhappy cry grief miss', 'anxious worri nervous stress afraid scared panic fear overwhelm', 'happy glad joy excit delight proud grateful',
  'angry frustrat upset annoy mad hate', 'like love enjoy favourite favorite prefer fond', 'name call', 'birthday born age anniversary', 'sleep tired insomnia rest bed night dream exhaust', 'book read novel author story', 'film movie cinema series watch show', 'garden plant flower tree grow', 'money debt rent pay salary budget',
].map((line) => line.split(' '));
const STOP = new Set('a an the is are was were be been am i me my you your he she it we they them their his her its our to of in on at for with and or but that this what who where when how do does did have has had not no yes so as by from about person user'.split(' '));

/** FNV-1a, 32 bits. */
function hash(text) {
  let state = 2_166_136_261;
  for (let index = 0; index < text.length; index += 1) state = Math.imul(state ^ text.charCodeAt(index), 16_777_619) >>> 0;
  // FNV's low bits are weak: mix before taking a remainder.
  state ^= state >>> 15;
  state = Math.imul(state, 0x2c1b3c6d) >>> 0;
  return (state ^ (state >>> 12)) >>> 0;
}

const stem = (word) => (word.length > 3 ? word.replace(/(?:'s|ies|ing|ed|es|s)$/, '') : word);

/** The vector of one text. */
export function embed(text, dimensions = DIMENSIONS) {
  const vector = new Float64Array(dimensions);
  const add = (feature, weight) => {
    const place = hash(feature);
    vector[place % dimensions] += place & 0x80000000 ? weight : -weight;
  };
  const words = text.toLowerCase().normalize('NFKC').match(/[\p{L}\p{N}']+/gu) ?? [];
  for (const word of words) {
    const stop = STOP.has(word);
    add(`w:${stem(word)}`, stop ? WEIGHTS.word * 0.1 : WEIGHTS.word);
    if (stop) continue;
    const framed = ` ${word} `;
    for (let at = 0; at + 3 <= framed.length; at += 1) add(`g:${framed.slice(at, at + 3)}`, WEIGHTS.trigram);
    for (const topic of TOPICS) {
      if (topic.some((member) => (member.length > 3 ? word.startsWith(member) : stem(word) === member || word === member))) add(`t:${topic[0]}`, WEIGHTS.topic);
    }
  }
  if (words.length === 0) add(`r:${text}`, 1);
  const length = Math.hypot(...vector) || 1;
  return Array.from(vector, (value) => value / length);
}

/** `POST .../embeddings`. */
export async function embeddings(ex) {
  const { input, model, encoding_format = 'float', dimensions } = ex.json;
  const bad = (message, param) => badInput(ex.provider, message, { param });
  const tokens = Array.isArray(input) && typeof input[0] === 'number';
  const inputs = Array.isArray(input) && !tokens ? input : [input];
  let problem;
  if (typeof model !== 'string') problem = bad('you must provide a model parameter', 'model');
  else if (inputs.length === 0 || inputs.length > INPUTS_MAX) problem = bad(`'input' must have 1 to ${INPUTS_MAX} items`, 'input');
  else if (inputs.some((one) => one === undefined || one === null || one === '')) problem = bad("'$.input' is invalid", 'input');
  else if (dimensions !== undefined && !(Number.isInteger(dimensions) && dimensions > 0 && dimensions <= 8192)) problem = bad("'dimensions' is invalid", 'dimensions');
  if (problem) return ex.answer(problem.status, problem.body);
  const size = dimensions ?? ex.knobs.dimensions ?? DIMENSIONS;
  const data = inputs.map((one, index) => {
    const vector = embed(Array.isArray(one) ? one.join(' ') : String(one), size);
    const embedding = encoding_format === 'base64' ? Buffer.from(Float32Array.from(vector).buffer).toString('base64') : vector;
    return { object: 'embedding', index, embedding };
  });
  const prompt_tokens = Math.ceil(inputs.reduce((sum, one) => sum + one.length, 0) / 4);
  return { object: 'list', data, model, usage: { prompt_tokens, total_tokens: prompt_tokens } };
}

/** Workers AI's `{text}` input: `{"shape", "data", "pooling"}`. */
export function workersAiEmbeddings(ex) {
  const texts = [ex.json.text].flat();
  const size = ex.knobs.dimensions ?? ({ large: 1024, base: 768, m3: 1024 }[/bge-(large|base|m3)/.exec(ex.params.model)?.[1]] ?? DIMENSIONS);
  return { shape: [texts.length, size], data: texts.map((text) => embed(String(text), size)), pooling: 'mean' };
}

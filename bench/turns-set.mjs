// The labelled set of `npm run bench -- turns`: what people say, spoken by the local voices, with pauses where people
// pause; and what happens while a reply is played. In the manner of eot-bench: a `|` is a planted pause in which the
// turn must not end. Owns texts, noises and the mixing; every figure in it is seeded, so that it is the same each time.

import { Engine } from '../local/engine.mjs';
import { voiceFor } from '../local/voices.mjs';

export const RATE_HZ = 24_000;
const PAUSES_MS = [300, 450, 600, 800, 1_000, 1_250, 1_500];
const VOICES = ['alloy', 'echo', 'nova', 'fable', 'onyx', 'sage'];
const ROOM_DB = -60;
const SPEECH_DB = -24;
const BEFORE_MS = 600;
/** Longer than the longest wait of the eagerness that is measured. */
const AFTER_MS = 4_800;
/** A recogniser's words come so long after they are said. */
export const WORDS_AFTER_MS = 80;

/** `[language, text]`; a question mark is only for the voice. */
const FINISHED = [
  ['en', 'What is the weather going to be like tomorrow?'], ['en', 'I went to the dentist this morning.'], ['en', 'Please turn on the kitchen light.'],
  ['en', 'My sister plays the cello very well.'], ['en', 'How far is it to the station?'], ['en', 'I feel a bit lonely today.'],
  ['en', 'Remind me to call my mother at six.'], ['en', 'Could you read that again?'], ['en', 'We had pasta for dinner.'], ['en', 'Tell me a story about a dragon.'],
  ['en', 'I think so.'], ['en', 'Who is it for?'], ['en', 'That is all I wanted to know.'], ['en', 'Play some quiet music, please.'], ['en', 'I do not know what it is.'],
  ['de', 'Wie wird das Wetter morgen?'], ['de', 'Ich war heute beim Arzt.'], ['de', 'Kannst du mir eine Geschichte erzählen?'], ['de', 'Mach bitte das Licht an.'],
  ['fr', 'Quel temps fera-t-il demain?'], ['fr', 'Je suis allé chez le médecin.'], ['fr', 'Raconte-moi une histoire.'],
  ['es', '¿Qué tiempo hará mañana?'], ['es', 'Hoy estuve en casa de mi hermana.'], ['es', 'Cuéntame una historia.'],
  ['it', 'Che tempo farà domani?'], ['it', 'Oggi sono stata dal medico.'],
];
const ANSWERS = [
  ['en', 'Yes.'], ['en', 'No.'], ['en', 'Okay.'], ['en', 'Sure.'], ['en', 'Yeah.'], ['en', 'Thanks.'], ['en', 'Exactly.'], ['en', 'Never.'],
  ['de', 'Ja.'], ['de', 'Nein.'], ['de', 'Genau.'], ['fr', 'Oui.'], ['fr', 'Non.'], ['es', 'Sí.'], ['es', 'Claro.'], ['it', 'Sì.'], ['it', 'Certo.'],
];
/** By why the person pauses there. */
const PAUSED = {
  hesitation: [
    ['en', 'I would like to | book a table for tonight.'], ['en', 'Can you tell me about the | history of this town?'], ['en', 'My favourite colour is | dark green.'],
    ['en', 'She told me that her | brother is coming.'], ['en', 'I am looking for a | present for my father.'], ['en', 'We should go to | the seaside.'],
    ['en', 'I was talking with | my neighbour yesterday.'], ['en', 'It is because of the | noise from the street.'],
    ['de', 'Ich möchte gerne einen | Tisch reservieren.'], ['de', 'Ich war gestern bei der | Nachbarin.'], ['de', 'Kannst du mir etwas über die | Stadt erzählen?'],
    ['fr', 'Je voudrais aller à | la gare.'], ['fr', 'Nous avons parlé avec le | voisin.'], ['es', 'Quiero ir a la | playa.'], ['es', 'Mi hermana vive en | Madrid.'], ['it', 'Vorrei andare a | Roma domani.'],
  ],
  conjunction: [
    ['en', 'I went to the market and | bought some apples.'], ['en', 'I like the house but | it is too expensive.'], ['en', 'I stayed at home because | it was raining.'],
    ['en', 'Call me if | you need anything.'], ['en', 'I do not know whether | he will come.'], ['de', 'Ich bleibe zu Hause, weil | es regnet.'], ['de', 'Ich glaube, dass | er morgen kommt.'],
    ['fr', 'Je reste ici parce que | il pleut.'], ['es', 'Me quedo en casa porque | está lloviendo.'], ['it', 'Resto a casa perché | piove.'],
  ],
  filler: [
    ['en', 'I was thinking, um, | maybe next Tuesday.'], ['en', 'It is called, uh, | the old mill.'], ['en', 'Well, um, | I am not so sure.'], ['en', 'There is, you know, uh, | something I want to say.'],
    ['de', 'Das war, ähm, | im letzten Sommer.'], ['de', 'Ich wollte, äh, | etwas fragen.'], ['fr', 'C\'était, euh, | la semaine dernière.'], ['es', 'Fue, eh, | la semana pasada.'],
  ],
  number: [
    ['en', 'My number is zero one seven | six four four five five.'], ['en', 'The code is four four | nine two one one.'], ['en', 'It is five five five | zero one | nine nine eight.'],
    ['de', 'Meine Nummer ist null eins sieben | sechs vier vier fünf.'], ['fr', 'Le code est quatre quatre | neuf deux un un.'], ['es', 'El código es cuatro cuatro | nueve dos uno uno.'],
  ],
  spelling: [
    ['en', 'My name is spelled A N N | A B E L.'], ['en', 'That is B E R | G M A N N.'], ['en', 'Write to anna dot | miller at home dot org.'], ['de', 'Ich schreibe mich B E R | G E R.'],
  ],
  list: [
    ['en', 'We need eggs and | milk and | a loaf of bread.'], ['en', 'I visited Rome, and | Florence, and | Venice.'], ['de', 'Wir brauchen Eier und | Milch und | ein Brot.'],
  ],
  clause: [
    ['en', 'I went to the doctor | and he said that it is nothing.'], ['en', 'It rained all day | so we stayed inside.'], ['en', 'I have a dog | his name is Bruno.'],
    ['en', 'We drove to the lake | it was beautiful there.'], ['en', 'My daughter called me | she has found a job.'], ['de', 'Ich war beim Arzt | und er sagt, alles ist gut.'],
    ['de', 'Es hat geregnet | wir sind zu Hause geblieben.'], ['fr', 'Il a plu | nous sommes restés ici.'], ['es', 'Fui al médico | y me dijo que todo está bien.'],
  ],
};

const REPLY = 'The weather tomorrow will be mild and mostly sunny, with a light breeze from the west. In the evening a few clouds may come in, but it should stay dry until the weekend. You could go for a walk by the river in the afternoon.';
const INTERRUPTIONS = [
  'Wait, what about the weekend?', 'Stop, I meant today.', 'No, not tomorrow, I said Sunday.', 'Can you repeat that, please?', 'Actually, tell me about the mountains.', 'Hold on a second.', 'Thank you, that is enough.',
  'But what if it rains?', 'I want to hear some music instead.', 'Excuse me, how warm is it?', 'Stop.', 'No.', 'Wait.', 'Be quiet, please.', 'What did you say?', 'I have another question.', 'Is it cold in the morning?', 'Never mind.',
];
/** What is written, and how the voice says it where it would spell it: espeak's phonemes. */
const BACKCHANNELS = [['Mm-hm.', "[[m'mhm]]"], ['Uh-huh.', "[[@h'@]]"], ['Yeah.'], ['Okay.'], ['Right.'], ['Hm.', '[[hm:]]'], ['Oh.'], ['I see.']];

/** So much of the reply is played: all that an overlap falls into. */
const PLAYED_MS = 8_000;

/** What happens over a reply: what the detector is made with, and, with other words, voices, noises and rooms, what it is not. */
const OVERLAPS = {
  seed: 11, voices: VOICES, reply: REPLY, interruptions: INTERRUPTIONS, backchannels: BACKCHANNELS, noises: ['cough', 'door', 'keyboard', 'fan'],
  echoes_db: [-80, -26, -14], delays_ms: [80, 580], room_ms: 0,
};
const HELD_OUT = {
  seed: 23, voices: ['ash', 'coral', 'shimmer', 'verse', 'angus', '21m00Tcm4TlvDq8ikWAM'],
  reply: 'Once upon a time there was a small lighthouse on a cliff, and its keeper had a cat who could not stand the sea. Every evening the cat sat on the stairs and waited for the lamp to be lit, because she liked its warmth more than anything.',
  interruptions: [
    'Sorry, could you start over?', 'Wait a minute.', 'That is not what I asked.', 'Tell me something else.', 'How old was the cat?', 'Pause.', 'No, stop it.', 'I have to go now.', 'Enough.', 'Can we talk about my day?',
    'Louder, please.', 'What is a lighthouse?', 'You already told me that one.', 'Who wrote this?', 'Not that story.', 'Let me say something.', 'Do you know what time it is?', 'Hang on.',
  ],
  backchannels: [['Mm-hm.', "[[m'mhm]]"], ['Mhm.', '[[mhm]]'], ['Yes.'], ['Sure.'], ['Wow.'], ['Ah.'], ['Really.'], ['Uh-huh.', "[[@h'@]]"]],
  noises: ['sneeze', 'clap', 'dishes', 'hum'], echoes_db: [-34, -20, -10], delays_ms: [30, 900], room_ms: 60,
};
/** Written before anything was measured on it, and never tuned on: other ways of making a voice, other tempos, some German. */
const UNSEEN = {
  seed: 71,
  voices: [['en-us+klatt2', 40, 150], ['en-gb-scotland+m2', 48, 185], ['en-us+linda', 50, 170], ['en-gb-x-rp+Michael', 42, 160], ['en-029+steph2', 58, 180], ['en-us+boris', 44, 145], ['en-gb+Annie', 60, 175]],
  reply: 'Bread needs four things, flour, water, salt and time. Mix them in a bowl until no dry flour is left, then cover the dough and let it rest overnight. The next day you fold it twice, shape a loaf, and bake it in a hot pot for about forty minutes.',
  interruptions: [
    'Just a moment, please.', 'How much salt?', 'Skip that.', 'I am allergic to wheat.', 'Quiet.', 'Go back one step.', 'Cancel.', 'Can I use rye instead?', 'Somebody is at the door.', 'Slower.', 'What does fold mean?', 'Please stop talking.',
    'Hold it.', 'Next.', 'I already know this.', 'Where do I buy a pot?', 'Nope.', 'Could you say that in German?', 'Set a timer for ten minutes.', 'Again.', 'Why overnight?', 'Hey, listen.',
    ['Warte mal.', 'de'], ['Stopp.', 'de'], ['Das wollte ich nicht wissen.', 'de'], ['Wie bitte?', 'de'],
  ],
  backchannels: [['Mm.', '[[m m m]]'], ['Huh.', '[[hV]]'], ['Oh really.'], ["That's right."], ['All right.'], ['Yeah, yeah.'], ['Oh, okay.'], ['Exactly.'], ['Uh-huh.', "[[@h'@]]"], ['Ach so.', undefined, 'de'], ['Genau.', undefined, 'de']],
  noises: ['bark', 'phone', 'rustle', 'car', 'creak'], echoes_db: [-30, -18, -12], delays_ms: [50, 760], room_ms: 120,
};
export const SETS = { own: OVERLAPS, held_out: HELD_OUT, unseen: UNSEEN };

/** A small seeded generator (Lehmer): every set is the same. */
export function random(seed) {
  let state = seed % 2_147_483_647 || 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

const samplesIn = (ms) => Math.round((ms * RATE_HZ) / 1_000);
const gain = (db) => 10 ** (db / 20);
export const silence = (ms) => new Float64Array(samplesIn(ms));
const white = (ms, db, next) => silence(ms).map(() => (next() * 2 - 1) * Math.sqrt(3) * gain(db));

export class Set {
  #engine = new Engine();
  #clips = new Map();

  close() {
    return this.#engine.close();
  }

  /** What a voice (an id, or what the engine calls one) says, without the silence around it, at SPEECH_DB. */
  async clip(text, voice_id, language = 'en') {
    const key = [text, voice_id, language].join();
    if (this.#clips.has(key)) return this.#clips.get(key);
    const [name, pitch, words_per_minute] = voice_id;
    const voice = Array.isArray(voice_id) ? { name, pitch, words_per_minute } : voiceFor(voice_id);
    if (language !== 'en') voice.name = voice.name.replace(/^en[\w-]*/, language);
    const parts = [];
    for await (const { bytes } of this.#engine.speak({ text, voice, format: { codec: 'pcm', rate_hz: RATE_HZ } })) parts.push(bytes);
    const bytes = Buffer.concat(parts);
    const sound = Float64Array.from({ length: bytes.length >> 1 }, (_, at) => bytes.readInt16LE(at * 2) / 32_768);
    const peak = sound.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    const isHeard = (sample) => Math.abs(sample) > peak * 0.03;
    const whole = sound.subarray(sound.findIndex(isHeard), sound.findLastIndex(isHeard) + 1);
    const power = whole.reduce((sum, sample) => sum + sample * sample, 0) / whole.length;
    const clip = whole.map((sample) => (sample * gain(SPEECH_DB)) / Math.sqrt(power));
    this.#clips.set(key, clip);
    return clip;
  }

  /** Turns: `{kind, sound, ends_ms, pauses: [[from_ms, to_ms]], bare, marked}`; the last two are words without and with marks at every pause. */
  async turns({ small = false } = {}) {
    const texts = [
      ...FINISHED.map((entry) => ['finished', ...entry]), ...ANSWERS.map((entry) => ['answer', ...entry]),
      ...Object.entries(PAUSED).flatMap(([kind, entries]) => entries.map((entry) => [kind, ...entry])),
    ];
    const next = random(7);
    const turns = [];
    for (const [index, [kind, language, text]] of texts.entries()) {
      if (small && index % 4 !== 0) continue;
      const isPaused = text.includes('|');
      const pauses = isPaused ? [PAUSES_MS[index % 7], PAUSES_MS[(index + 3) % 7]] : [0];
      for (const [round, pause_ms] of (small ? pauses.slice(0, 1) : pauses).entries()) {
        turns.push(await this.#turn({ kind, language, text, pause_ms, voice: VOICES[(index + round) % VOICES.length], next }));
      }
    }
    return turns;
  }

  async #turn({ kind, language, text, pause_ms, voice, next }) {
    const pieces = text.split('|').map((piece) => piece.trim());
    const parts = [silence(BEFORE_MS)];
    let at_ms = BEFORE_MS;
    const [pauses, bare, marked] = [[], [], []];
    let said = '';
    for (const [index, piece] of pieces.entries()) {
      if (index > 0) {
        pauses.push([at_ms, at_ms + pause_ms]);
        parts.push(silence(pause_ms));
        at_ms += pause_ms;
      }
      const clip = await this.clip(piece, voice, language);
      const clip_ms = (clip.length / RATE_HZ) * 1_000;
      const words = piece.split(' ');
      let letters = 0;
      for (const word of words) {
        letters += word.length + 1;
        said += `${said && ' '}${word}`;
        const known_ms = Math.round(at_ms + (clip_ms * letters) / (piece.length + 1) + WORDS_AFTER_MS);
        bare.push([known_ms, said.toLowerCase().replace(/[.,?¿!]/g, '')]);
        marked.push([known_ms, said.replace(/[,.?]$/, '')]);
      }
      // A recogniser that ends what it has at each pause: with a full stop, whatever the words are.
      marked.push([Math.round(at_ms + clip_ms + WORDS_AFTER_MS), `${said.replace(/[,.?]$/, '')}${said.endsWith('?') ? '?' : '.'}`]);
      parts.push(clip);
      at_ms += clip_ms;
    }
    parts.push(silence(AFTER_MS));
    return { kind, text, sound: roomed(join(parts), next), ends_ms: at_ms, pauses, bare, marked };
  }

  /**
   * What happens while a reply is played: `{kind, is_interruption, sound, from_ms, to_ms, played, reply, replying, words}`. The
   * microphone hears the reply, too, some time after it was sent and so much quieter.
   */
  async overlaps(name = 'own') {
    const { seed, voices, reply, interruptions, backchannels, echoes_db, delays_ms: [delay_min_ms, delay_max_ms], room_ms, ...rest } = SETS[name];
    const next = random(seed);
    const cases = [
      ...interruptions.map((entry) => [entry].flat()).map(([text, language]) => ({ kind: 'interruption', text, language })), ...backchannels.map(([text, said, language]) => ({ kind: 'backchannel', text, said, language })),
      ...rest.noises.map((kind) => ({ kind })), ...[1, 2, 3, 4].map(() => ({ kind: 'nothing' })),
    ];
    const overlaps = [];
    for (const [index, { kind, text, said = text, language }] of cases.entries()) {
      for (const [round, echo_db] of echoes_db.entries()) {
        const speaker = voices[(index + round) % voices.length];
        const player = voices[(index + round * 2 + 1) % voices.length];
        const played = (await this.clip(reply, player)).subarray(0, samplesIn(PLAYED_MS));
        const event = text ? await this.clip(said, speaker, language) : noises[kind](next);
        const begin_ms = 1_500 + Math.floor(next() * 3_000);
        const sound = silence(6_000 + (event.length / RATE_HZ) * 1_000);
        const echo = reverberant(played, room_ms).map((sample) => sample * gain(echo_db));
        add(sound, echo, samplesIn(BEFORE_MS + delay_min_ms + Math.floor(next() * (delay_max_ms - delay_min_ms))));
        add(sound, event, samplesIn(begin_ms));
        const to_ms = begin_ms + (event.length / RATE_HZ) * 1_000;
        const words = text ? text.split(' ').map((_, at, all) => [Math.round(begin_ms + ((to_ms - begin_ms) * (at + 1)) / all.length + WORDS_AFTER_MS), all.slice(0, at + 1).join(' ')]) : [];
        overlaps.push({
          kind, text, echo_db, is_interruption: kind === 'interruption', sound: roomed(sound, next), from_ms: begin_ms, to_ms,
          played, reply, speaker, player, replying: [BEFORE_MS, 60_000], words,
        });
      }
    }
    return overlaps;
  }
}

const noises = {
  nothing: () => silence(20),
  /** Two bursts of noise whose loudness rises in 20 ms and dies away. */
  cough: (next) => join([0, 1].map(() => white(320, -14, next).map((sample, at) => sample * Math.min(1, at / 480) * Math.exp(-at / 2_400)))),
  /** A thud: a low tone that dies away, and noise. */
  door: (next) => white(400, -16, next).map((sample, at) => (sample + 0.35 * Math.sin((at * 90 * 2 * Math.PI) / RATE_HZ)) * Math.exp(-at / 1_800)),
  keyboard: (next) => join(Array.from({ length: 9 }, () => join([white(12, -20, next), silence(60 + next() * 120)]))),
  fan: (next) => white(2_500, -34, next),
  /** A breath, then one long burst. */
  sneeze: (next) => join([white(150, -34, next), white(450, -10, next).map((sample, at) => sample * Math.min(1, at / 240) * Math.exp(-at / 3_600))]),
  clap: (next) => join([0, 1, 2].map(() => join([white(40, -10, next).map((sample, at) => sample * Math.exp(-at / 240)), silence(160)]))),
  /** Cups and plates: high tones that die away, one over the other. */
  dishes: (next) => {
    const whole = white(900, -50, next);
    for (let strike = 0; strike < 5; strike += 1) {
      const hz = 1_800 + next() * 3_000;
      add(whole, silence(300).map((_, at) => 0.15 * Math.sin((at * hz * 2 * Math.PI) / RATE_HZ) * Math.exp(-at / 1_200)), samplesIn(next() * 600));
    }
    return whole;
  },
  /** A motor that starts: a low tone with its multiples. */
  hum: (next) => white(1_500, -46, next).map((sample, at) => sample + [1, 2, 3].reduce((sum, n) => sum + (0.02 / n) * Math.sin((at * 100 * n * 2 * Math.PI) / RATE_HZ), 0)),
  /** A dog, twice: a throat that begins high and falls, and breath in it. */
  bark: (next) => join([0, 1].map(() => {
    let turns = 0;
    const bark = white(170, -26, next).map((breath, at) => {
      turns += (620 - 0.06 * at) / RATE_HZ;
      return (breath + 0.12 * [1, 2, 3, 4].reduce((sum, n) => sum + Math.sin(2 * Math.PI * n * turns) / n, 0)) * Math.min(1, at / 400) * Math.exp(-at / 2_600);
    });
    return join([bark, silence(330)]);
  })),
  /** Two tones in turn. */
  phone: () => silence(1_200).map((_, at) => (at % 24_000 < 16_800 ? 0.05 : 0) * Math.sin((at * (at % 2_400 < 1_200 ? 853 : 960) * 2 * Math.PI) / RATE_HZ)),
  /** A bag: many short bursts of uneven loudness. */
  rustle: (next) => join(Array.from({ length: 25 }, () => white(15 + next() * 45, -38 + next() * 20, next))),
  /** One that drives by: low noise that comes and goes. */
  car: (next) => {
    let low = 0;
    return white(2_800, -12, next).map((sample, at, all) => (low += (sample - low) * 0.02) * Math.sin((Math.PI * at) / all.length) ** 2);
  },
  /** A door's hinge: a rough tone that rises. */
  creak: (next) => {
    let turns = 0;
    return white(900, -44, next).map((noise, at) => {
      turns += (180 + 0.012 * at + next() * 60) / RATE_HZ;
      return noise + 0.06 * (2 * (turns % 1) - 1) * Math.sin((Math.PI * at) / 21_600);
    });
  },
};

/** A room: what is played comes back from its walls, five times, ever later and quieter. */
function reverberant(played, room_ms) {
  if (room_ms === 0) return played;
  const whole = new Float64Array(played.length + samplesIn(room_ms));
  [1, 0.5, 0.35, 0.25, 0.15, 0.08].forEach((share, wall) => add(whole, played.map((sample) => sample * share), samplesIn((room_ms * wall * wall) / 25)));
  return whole;
}

export function join(parts) {
  const whole = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function add(whole, part, at) {
  for (let index = 0; index < part.length && at + index < whole.length; index += 1) whole[at + index] += part[index];
}

const roomed = (sound, next) => sound.map((sample) => sample + (next() * 2 - 1) * Math.sqrt(3) * gain(ROOM_DB));

/** PCM16 in base64. */
export function base64Of(sound) {
  const bytes = Buffer.alloc(sound.length * 2);
  sound.forEach((sample, at) => bytes.writeInt16LE(Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768))), at * 2));
  return bytes.toString('base64');
}

// A small reflective listener: hears a feeling, a name, a question, a thing told, and answers in one to three short
// spoken sentences. Deterministic: the same conversation gets the same answer. Knows what the messages say, no more.

import { factsIn } from './facts.mjs';

/** The text of a message's content, whether a string or parts; sounds and images have none. */
export function contentText(content) {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part) => (typeof part?.text === 'string' ? part.text : '')).filter(Boolean).join(' ');
}

/** The reply to a conversation in OpenAI's message form. */
export function listen(messages) {
  const said = messages.filter(({ role }) => role === 'user').map(({ content }) => contentText(content));
  const text = (said.at(-1) ?? '').replace(/’/g, "'").trim();
  const known = knownFacts(messages, said.slice(0, -1));
  const choose = chooser(said.join('\n'), said.length);
  const name = nameIn(known);
  const told = factsIn(text);
  for (const rule of RULES) {
    const reply = rule({ text, lower: text.toLowerCase(), known, name, told, choose, turns: said.length });
    if (reply) return reply;
  }
  return choose(['I am here with you.', 'I am listening.']);
}

/** Facts as "they" sentences: from what was said before and from the lines of the system messages. */
function knownFacts(messages, earlier) {
  const facts = earlier.flatMap((text) => factsIn(text).map((fact) => fact.text)).reverse();
  for (const { role, content } of messages) {
    if (role !== 'system' && role !== 'developer') continue;
    for (const line of contentText(content).split('\n')) {
      const told = /^\{.*"text"\s*:\s*("(?:[^"\\]|\\.)*")/.exec(line)?.[1];
      if (told) {
        facts.push(JSON.parse(told));
        continue;
      }
      const fact = /^\s*(?:[-*•]|\d+[.)]|\[[\w-]+\])\s*(.{4,})$/.exec(line)?.[1] ?? /^\s*(?:name|facts?|profile)\s*:\s*(.{2,})$/i.exec(line)?.[0];
      if (fact) facts.push(fact.trim());
      else facts.push(...(line.match(/\b(?:their|the (?:person|user)'s) name is [^.\n]+/gi) ?? []));
    }
  }
  return facts;
}

function nameIn(facts) {
  for (const fact of facts) {
    const found = /\bname(?: is|'s|:)\s+(\p{Lu}[\p{L}'-]+)/u.exec(fact) ?? /\b(?:is|are) called (\p{Lu}[\p{L}'-]+)/u.exec(/^(?:they|the (?:person|user))\b/i.test(fact) ? fact : '');
    if (found) return found[1];
  }
  return undefined;
}

/** Picks by the words of the conversation, and never the same place twice in a row for the same list. */
function chooser(seed_text, turns) {
  let state = 2_166_136_261;
  for (let index = 0; index < seed_text.length; index += 1) state = Math.imul(state ^ seed_text.charCodeAt(index), 16_777_619) >>> 0;
  return (list) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return list[((state >>> 8) + turns) % list.length];
  };
}

const ACKNOWLEDGE = ['I hear you.', 'Thank you for telling me.', 'I see.', 'That makes sense.', "I'm with you."];
const INVITE = [
  'What is that like for you?', 'Would you like to tell me more?', 'How long has that been so?', 'What matters most to you in that?',
  'How does it feel to say that?', 'What would help right now?',
];
const HEAVY = {
  sad: 'sad', down: 'down', lonely: 'lonely', alone: 'alone', anxious: 'anxious', worried: 'worried', nervous: 'nervous', stressed: 'stressed',
  overwhelmed: 'overwhelmed', tired: 'tired', exhausted: 'exhausted', angry: 'angry', frustrated: 'frustrated', upset: 'upset', scared: 'scared',
  afraid: 'afraid', hurt: 'hurt', lost: 'lost', stuck: 'stuck', ashamed: 'ashamed', guilty: 'guilty', depressed: 'low', hopeless: 'hopeless', bored: 'bored',
};
const LIGHT = ['happy', 'glad', 'excited', 'proud', 'grateful', 'relieved', 'calm', 'great', 'wonderful', 'hopeful', 'delighted', 'thrilled'];
const REFLECT = {
  i: 'you', "i'm": 'you are', "i've": 'you have', "i'd": 'you would', "i'll": 'you will', me: 'you', my: 'your', mine: 'yours', myself: 'yourself',
  am: 'are', you: 'me', your: 'my', yours: 'mine', we: 'you', our: 'your', us: 'you', was: 'was',
};

/** "I love my dog" as "you love your dog". */
export const reflect = (text) => text.replace(/[A-Za-z']+/g, (word) => REFLECT[word.toLowerCase()] ?? word)
  .replace(/\byou was\b/g, 'you were');

/** A "they" fact as the listener would say it back: "you live in Porto". */
const toYou = (fact) => fact.replace(/[.]+$/, '')
  .replace(/^(?:the )?(?:person|user)'s\b/i, 'your').replace(/^(?:the )?(?:person|user) (?:is)\b/i, 'you are')
  .replace(/^(?:the )?(?:person|user) has\b/i, 'you have').replace(/^(?:the )?(?:person|user) (\w+?)s\b/i, 'you $1')
  .replace(/\bthey\b/gi, 'you').replace(/\btheir\b/gi, 'your').replace(/\bthem\b/gi, 'you').replace(/\btheirs\b/gi, 'yours').replace(/\bthemselves\b/gi, 'yourself')
  .replace(/^(you|your)/i, (word) => word.toLowerCase());

const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1).replace(/[.]+$/, '')}.`;
const STOP = new Set('what whats is are was the my a an do does did i me you your know remember about where who when which how tell of to in on for that have has can could it this and'.split(' '));
const stem = (word) => word.replace(/'s$/, '').replace(/(?:ing|ed|es|e|s)$/, '');
const keywords = (text) => (text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? []).filter((word) => !STOP.has(word)).map(stem).filter((word) => word.length > 1);
/** Questions ask with other words than facts answer with. */
const ALIKE = [['job', 'work', 'profession'], ['dog', 'cat', 'pet'], ['live', 'home', 'city', 'town'], ['name', 'called'], ['birthday', 'born'], ['food', 'eat', 'dish'], ['favourite', 'favorite', 'like', 'love']]
  .map((group) => group.map(stem));
const alike = (left, right) => left === right || ALIKE.some((group) => group.includes(left) && group.includes(right));

function bestFact(question, facts) {
  const asked = keywords(question);
  let best;
  let best_score = 0;
  for (const fact of facts) {
    const words = keywords(fact);
    const score = asked.filter((word) => words.some((other) => alike(word, other))).length;
    if (score > best_score) [best, best_score] = [fact, score];
  }
  return best;
}

const RULES = [
  ({ lower, choose }) => lower === '' && choose(['I could not quite hear that. Could you say it again?', 'I am listening. Take your time.']),
  ({ lower, choose }) => /\b(kill myself|end my life|suicid|hurt myself|want to die)\b/.test(lower)
    && choose(['I am really glad you told me. You deserve help from a person right now: please call your local emergency number or a crisis line. Is someone near you?']),
  ({ lower, name }) => /\bwhat(?:'s| is| was) my name\b|\bdo you (?:know|remember) my name\b|\bwho am i\b/.test(lower)
    && (name ? `Your name is ${name}. I remember.` : 'You have not told me your name yet. What should I call you?'),
  ({ lower, known, choose }) => {
    if (!/\bwhat do you (?:know|remember) (?:about|of) me\b|\btell me what you (?:know|remember)\b/.test(lower)) return undefined;
    if (known.length === 0) return 'Not much yet. Tell me something about you?';
    const told = [...new Set(known.map(toYou))].slice(0, 3);
    return `${choose(['Here is what I remember.', 'I remember this.'])} ${told.map(sentence).join(' ')}`;
  },
  ({ lower, known, choose }) => {
    if (!/\?$/.test(lower) || !/\b(?:my|i|me)\b/.test(lower)) return undefined;
    const fact = bestFact(lower, known);
    return fact && `${choose(['I remember.', 'Yes, you told me.', 'Of course.'])} ${sentence(toYou(fact))}`;
  },
  ({ told, choose }) => {
    const name = told.map(({ text }) => /^Their name is (.+)\.$/.exec(text)?.[1]).find(Boolean);
    return name && `${choose([`It is good to meet you, ${name}.`, `Hello ${name}, I am glad you are here.`])} ${choose(['What is on your mind?', 'How are you today?'])}`;
  },
  ({ lower, name, choose }) => /^(?:hi|hello|hey|good (?:morning|afternoon|evening)|hiya|greetings)\b[^.?!]{0,24}[.!?]*$/.test(lower)
    && `${choose(['Hello', 'Hi', 'Good to hear you'])}${name ? `, ${name}` : ''}. ${choose(['How are you today?', 'What is on your mind?', 'I am glad you came.'])}`,
  ({ lower, choose }) => /^(?:bye|goodbye|good night|see you|talk later)\b/.test(lower) && choose(['Take care of yourself. I will be here.', 'Goodbye for now. Rest well.']),
  ({ lower, choose }) => /^(?:thanks|thank you|cheers)\b/.test(lower) && choose(['You are very welcome. I am glad we talked.', 'Of course. It is good to listen to you.', 'Any time. What else is on your mind?']),
  ({ lower, choose }) => /\bhow are you\b/.test(lower) && `${choose(['I am well, thank you for asking.', 'I am fine and glad to hear you.'])} ${choose(['And how are you, really?', 'What about you?'])}`,
  ({ lower, choose }) => /\bwho are you\b|\bwhat are you\b|\byour name\b/.test(lower) && choose(['I am a small listener on your own machine. I hear what you say and give it back to you, gently.']),
  ({ lower, choose }) => {
    const word = /\b(?:i'm|i am|i feel|feeling|i was|i've been|makes? me(?: feel)?|i got)\b(?:\s+(?:so|very|really|a bit|a little|quite|pretty|just|feeling|still))*\s+([a-z]+)/.exec(lower)?.[1];
    if (!word) return undefined;
    if (Object.hasOwn(HEAVY, word)) {
      return `${choose(['I hear you.', 'I am sorry.', 'Thank you for telling me.'])} ${choose([`Feeling ${HEAVY[word]} can weigh a lot.`, `It sounds like you feel ${HEAVY[word]}.`])} ${choose(INVITE)}`;
    }
    return LIGHT.includes(word) ? `${choose(['That is lovely to hear.', 'Oh, that warms me.'])} What made you feel ${word}?` : undefined;
  },
  ({ lower, choose }) => /^(?:yes|yeah|yep|ok|okay|sure|right|exactly|no|nope|not really|maybe|i guess|hm+)\b[.! ]*$/.test(lower)
    && choose(['I see. Go on, if you like.', 'All right. What comes to mind next?', 'Mm-hm. Take your time.']),
  ({ lower, choose }) => /\bbecause\b/.test(lower) && `${choose(ACKNOWLEDGE)} ${choose(['Is that the whole reason?', 'And what lies behind that?', 'Does that reason feel right to you?'])}`,
  ({ lower, choose }) => /\b(?:my (?:mother|mum|mom|father|dad|sister|brother|wife|husband|partner|son|daughter|friend|boss))\b/.test(lower)
    && `${choose(ACKNOWLEDGE)} Tell me more about ${reflect(/\bmy \w+/.exec(lower)[0])}.`,
  ({ text, lower, choose }) => {
    if (!lower.endsWith('?')) return undefined;
    const asked = text.replace(/[?\s]+$/, '');
    const echoed = reflect(asked).replace(/^./, (letter) => letter.toUpperCase());
    return `${choose(['That is a good question.', 'Let me think with you.', 'I wonder too.'])} ${echoed}? ${choose(['What would you say yourself?', 'What makes you ask?', 'What is your own sense of it?'])}`;
  },
  ({ text, told, choose }) => {
    const said = lastStatement(text);
    if (!said) return undefined;
    const remembered = told.length > 0 ? choose(['I will remember that.', '']) : '';
    return [choose(ACKNOWLEDGE), `${choose(['So ', 'It sounds like ', 'You say '])}${said}.`, remembered, choose(INVITE)].filter(Boolean).slice(0, 3).join(' ');
  },
  ({ choose }) => `${choose(ACKNOWLEDGE)} ${choose(INVITE)}`,
];

/** The last first-person sentence, reflected and short enough to say; undefined where there is none. */
function lastStatement(text) {
  const sentences = text.match(/[^.!?\n]+/g)?.map((part) => part.trim()).filter((part) => /\b(?:i|i'm|i've|my|we)\b/i.test(part)) ?? [];
  const last = sentences.at(-1);
  if (!last || last.length > 140) return undefined;
  return reflect(last.replace(/^(?:well|so|and|but|yes|no|oh)[,\s]+/i, '')).replace(/^You\b/, 'you').replace(/^Your\b/, 'your');
}

// First-person sentences as third-person facts, by rule. English; the subject is "they", so that verbs keep their form.

/** Facts that hold one value at a time: a new one takes the place of the old. Matched against "they" sentences. */
const SLOTS = [
  ['name', /^their name is /i], ['home', /^they (?:now )?live in /i], ['birthday', /^their birthday is /i],
  ['age', /^they are \d+ years old/i], ['work', /^they work as /i], ['employer', /^they work (?:at|for) /i],
  ['favourite', /^their favou?rite ([a-z ]+?) is /i],
  ['called', /^their ((?:\w+ )?(?:dog|cat|pet|sister|brother|mother|father|mum|mom|dad|wife|husband|partner|son|daughter|friend|boss|girlfriend|boyfriend))(?: is called| is named|'s name is) /i],
];

/** The slot a fact fills (`"home"`, `"called:dog"`), or undefined for a fact that stands beside others. */
export function slotOf(text) {
  const they = text.replace(/^(?:the )?(?:user|person)'s /i, 'their ').replace(/^(?:the )?(?:user|person) (\w+?)s\b/i, 'they $1');
  for (const [slot, pattern] of SLOTS) {
    const found = pattern.exec(they);
    if (found) return found[1] ? `${slot}:${found[1].toLowerCase()}` : slot;
  }
  return undefined;
}

const SENTENCE = /[^.!?\n]+(?:[.!?]+|$)/g;
const NAME = /^(?:my name is|my name's|i am called|i'm called|call me|people call me|you can call me)\s+([\p{Lu}][\p{L}'-]*(?:\s[\p{Lu}][\p{L}'-]*)?)/iu;
const INTRODUCTION = /^(?:i am|i'm|this is)\s+(\p{Lu}[\p{L}'-]+)(?=$|[.,!]|\s+and\b)/u;
const OPENERS = /^(?:hi|hello|hey|well|so|oh|ok|okay|yes|yeah|no|and|but|also|actually|by the way|btw|please remember that|please remember|remember that|remember|note that|you should know that|just so you know|thanks|thank you)\b[,!]?\s+/i;
const EMPTY = /^i (?:think so|see|know|guess|don't know|do not know|mean|understand|agree|hope so|suppose|said|was saying|wonder|need you|want you|would like you|want to (?:ask|talk)|am (?:ok|okay|fine|good|well|here|sorry)\b)|^i'm (?:ok|okay|fine|good|well|here|sorry)\b/i;
const KINDS = [
  ['name', /^their name/i], ['health', /\b(allerg|medic|doctor|diagnos|ill\b|asthma|diabet|anxi|depress|therap)/i],
  ['preference', /^they (?:really )?(?:love|like|prefer|enjoy|hate|dislike|don't like|do not like)|favou?rite/i],
  ['relation', /\btheir (?:\w+ )?(?:dog|cat|pet|sister|brother|mother|father|mum|mom|dad|wife|husband|partner|son|daughter|friend|girlfriend|boyfriend)\b/i],
  ['work', /^they (?:work|study|teach)|\bjob\b/i], ['event', /\b(?:birthday|tomorrow|tonight|next \w+|\d{4}-\d\d-\d\d)\b/i],
];

/** Every fact in a text: `[{text, kind, slot?}]`. `today` (`YYYY-MM-DD`) resolves words such as "tomorrow". */
export function factsIn(text, today) {
  const out = [];
  for (const [raw] of text.matchAll(SENTENCE)) {
    for (const clause of clausesOf(raw.trim())) {
      const fact = factOf(clause, today);
      if (fact && !out.some((other) => other.text === fact.text)) out.push(fact);
    }
  }
  return out;
}

/** "I'm Ana and I live in Porto" is two facts; a question is none. */
function clausesOf(sentence) {
  if (sentence.endsWith('?')) return [];
  return sentence.replace(/[.!?]+$/, '').split(/,?\s+(?:and|but)\s+(?=(?:i|my|i'm|i've)\b)|;\s+/i);
}

function factOf(clause, today) {
  let text = clause.trim();
  for (let peeled = 0; peeled < 4 && OPENERS.test(text); peeled += 1) text = text.replace(OPENERS, '');
  const name = NAME.exec(text)?.[1] ?? INTRODUCTION.exec(text)?.[1];
  if (name) return finish(`Their name is ${name}`);
  if (!/^(?:i|i'm|i've|i'd|i'll|my|our|we|we're|we've)\b/i.test(text) || EMPTY.test(text)) return undefined;
  if (text.split(/\s+/).length < 3) return undefined;
  return finish(resolveDates(thirdPerson(text), today));
}

function finish(text) {
  const whole = `${text[0].toUpperCase()}${text.slice(1)}.`;
  const kind = KINDS.find(([, pattern]) => pattern.test(text))?.[0] ?? 'fact';
  const slot = slotOf(text);
  return slot ? { text: whole, kind, slot } : { text: whole, kind };
}

const PRONOUNS = {
  i: 'they', "i'm": 'they are', "i've": 'they have', "i'd": 'they would', "i'll": 'they will', me: 'them', my: 'their',
  mine: 'theirs', myself: 'themselves', am: 'are', we: 'they', "we're": 'they are', "we've": 'they have', our: 'their', us: 'them',
};

function thirdPerson(text) {
  const words = text.replace(/’/g, "'").replace(/[A-Za-z']+/g, (word) => PRONOUNS[word.toLowerCase()] ?? word);
  return words.replace(/\bthey was\b/gi, 'they were').replace(/\bthem am\b/gi, 'they are').replace(/^their ([\w ]+?) name is /i, "their $1 name is ")
    .replace(/^their ([\w ]+?)'s name is /i, 'their $1 is called ').replace(/^their ([\w ]+?) is named /i, 'their $1 is called ')
    .replace(/^they (?:have )?(?:just |recently )?moved to (.+?)(?: (?:now|recently|yesterday|today|(?:last|this) \w+))?$/i, 'they live in $1')
    .replace(/^(they live in .+?) now$/i, '$1')
    .replace(/^they are (?:a|an) (\p{L}*(?:er|or|ist|ian|nurse|cook|chef|pilot|clerk))$/iu, 'they work as a $1');
}

const DAYS = { today: 0, tonight: 0, tomorrow: 1, yesterday: -1, 'next week': 7, 'last week': -7 };

function resolveDates(text, today) {
  if (!today) return text;
  return text.replace(/\b(today|tonight|tomorrow|yesterday|next week|last week)\b/gi, (word) => {
    const date = new Date(`${today}T12:00:00Z`);
    date.setUTCDate(date.getUTCDate() + DAYS[word.toLowerCase()]);
    const day = date.toISOString().slice(0, 10);
    return /week/i.test(word) ? `in the week of ${day}` : `on ${day}`;
  });
}

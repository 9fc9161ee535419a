// The settings panel: who answers, voice, speed of speech, language.
//
// Owns: its fields. Invariant: what is chosen counts from the next reply on, and is kept for good.
// Leaves out: where it is kept (settings.js, words.js).

import { LANGUAGES, keepLanguage, language, t } from './words.js';

/** Speeds of speech, as playback rates. */
const SPEEDS = [['0.85', 'slower'], ['1', 'normal'], ['1.2', 'faster']];

/** The panel over `part(name)`. `voices()` resolves to `[{id, name}]`, `personas` to the same, the server's own first; `onSpeed(rate)` is told of a speed, `onLanguage()` of another language. */
export function createPreferences({ button, part, settings, voices, personas, onSpeed, onLanguage }) {
  const [dialog, persona, voice, speed, tongue] = ['dialog', 'persona', 'voice', 'speed', 'language'].map(part);
  let isFilled = false;

  fill(speed, SPEEDS.map(([rate, key]) => [rate, t(key)]), settings.speed);
  fill(tongue, Object.entries(LANGUAGES), language);
  fill(voice, [['', t('ownVoice')]], '');
  onSpeed(Number(settings.speed));
  personas.then((known) => {
    // One that may not be chosen any more would be refused.
    if (known.length > 0 && !known.some(({ id }) => id === settings.persona)) settings.persona = '';
    const [own, ...others] = known;
    if (others.length === 0) return;
    part('personas').hidden = false;
    fill(persona, [['', own.name], ...others.map(({ id, name }) => [id, name])], settings.persona);
  });

  button.addEventListener('click', async () => {
    dialog.showModal();
    if (isFilled) return;
    isFilled = true;
    const known = await voices().catch(() => []);
    fill(voice, [['', t('ownVoice')], ...known.map(({ id, name }) => [id, name])], settings.voiceId);
  });
  part('close').addEventListener('click', () => dialog.close());
  persona.addEventListener('change', () => (settings.persona = persona.value));
  voice.addEventListener('change', () => (settings.voiceId = voice.value));
  speed.addEventListener('change', () => {
    settings.speed = speed.value;
    onSpeed(Number(speed.value));
  });
  tongue.addEventListener('change', () => {
    if (keepLanguage(tongue.value)) onLanguage();
  });
}

function fill(select, entries, chosen) {
  select.replaceChildren(...entries.map(([value, name]) => new Option(name, value, false, value === chosen)));
}

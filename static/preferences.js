// The settings panel: voice, speed of speech, language.
//
// Owns: its three fields. Invariant: what is chosen counts from the next reply on, and is kept for good.
// Leaves out: where it is kept (settings.js, words.js).

import { LANGUAGES, keepLanguage, language, t } from './words.js';

/** Speeds of speech, as playback rates. */
const SPEEDS = [['0.85', 'slower'], ['1', 'normal'], ['1.2', 'faster']];

/** The panel over `part(name)`. `voices()` resolves to `[{id, name}]`; `onSpeed(rate)` is told of a speed, `onLanguage()` of another language. */
export function createPreferences({ button, part, settings, voices, onSpeed, onLanguage }) {
  const [dialog, voice, speed, tongue] = ['dialog', 'voice', 'speed', 'language'].map(part);
  let isFilled = false;

  fill(speed, SPEEDS.map(([rate, key]) => [rate, t(key)]), settings.speed);
  fill(tongue, Object.entries(LANGUAGES), language);
  fill(voice, [['', t('ownVoice')]], '');
  onSpeed(Number(settings.speed));

  button.addEventListener('click', async () => {
    dialog.showModal();
    if (isFilled) return;
    isFilled = true;
    const known = await voices().catch(() => []);
    fill(voice, [['', t('ownVoice')], ...known.map(({ id, name }) => [id, name])], settings.voiceId);
  });
  part('close').addEventListener('click', () => dialog.close());
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

// Knobs: what a scope does differently from a healthy provider. Owns the settings, their layering and their counters.
//
// A request of kind K to provider P reads four scopes, the later ones winning: `all`, `K`, `P`, `P.K`
// (for example `all`, `chat`, `groq`, `groq.chat`). A scope is a list of rules; POSTing an object merges into its
// first rule, POSTing an array replaces the list.

export const PROVIDERS = ['openai', 'groq', 'elevenlabs', 'deepgram', 'workers-ai'];
export const KINDS = ['chat', 'speech', 'transcription', 'embeddings', 'end_of_turn'];
export const SCOPES = [
  'all', ...KINDS, ...PROVIDERS, ...PROVIDERS.flatMap((provider) => KINDS.map((kind) => `${provider}.${kind}`)),
];

/** The shape of every fault there is; which kinds each one concerns is in README.md. */
export const FAULTS = new Set([
  'cut', 'drop', 'reset', 'stall', 'hang', 'refuse', 'malformed', 'split_utf8', 'crlf', 'cr', 'bom', 'comments',
  'multi_line_data', 'error_event', 'event_error', 'x_groq_error', 'error_first', 'role_then_error', 'no_done',
  'empty', 'html', 'json_instead_of_audio', 'wrong_content_type', 'mp3_instead', 'truncated_audio', 'slow_audio',
  'quota', 'bad_key', 'busy', 'concurrency', 'rate_limit', 'capacity', 'server_error', 'voice_not_found', 'model_gone', 'too_long',
]);

const number = (low, high) => (value) => typeof value === 'number' && value >= low && value <= high;
const string = (value) => typeof value === 'string';
const boolean = (value) => typeof value === 'boolean';
const strings = (value) => Array.isArray(value) && value.every(string);
const object = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);
const delay_ms = number(0, 3_600_000);
const faults = (value) => (Array.isArray(value) ? value : [value]).every((name) => FAULTS.has(name));

/** Every knob with the check of its value. */
const CHECKS = {
  headers_ms: delay_ms, first_ms: delay_ms, gap_ms: delay_ms,
  status: number(100, 599), body: (value) => string(value) || object(value) || Array.isArray(value), headers: object,
  fault: faults, after: number(0, 1e9), times: number(0, 1e9), probability: number(0, 1), seed: number(0, 2 ** 32),
  model: (value) => string(value) || strings(value), match_text: string,
  script: strings, script_repeat: boolean, finish_reason: string, events: strings, raw_chunks_base64: strings, each_write: boolean,
  transcript: string, audio_rate: number(0.001, 1e6), finished: number(0, 1), strict: boolean, key: string, dimensions: number(1, 8192),
  workers_ai_shape: (value) => value === 'response' || value === 'openai',
  sequence: (value) => Array.isArray(value) && value.every(object),
};

/** The knobs that `times` and `probability` switch; delays and scripts stay on. */
const FAULT_KNOBS = ['fault', 'after', 'status', 'body', 'headers'];

/** A healthy provider at a human pace. */
export const DEFAULTS = {
  all: { headers_ms: 0, first_ms: 0, gap_ms: 0 },
  chat: { first_ms: 250, gap_ms: 30 },
};

export class KnobError extends Error {}

/** Throws a KnobError with one sentence that names scope, knob and value. */
function check(scope, knobs) {
  if (!SCOPES.includes(scope)) throw new KnobError(`unknown scope "${scope}"; scopes: ${SCOPES.join(', ')}`);
  if (!object(knobs)) throw new KnobError(`scope "${scope}" wants an object of knobs or an array of such objects`);
  for (const [name, value] of Object.entries(knobs)) {
    if (value === null) continue;
    const valid = Object.hasOwn(CHECKS, name) && CHECKS[name];
    if (!valid) throw new KnobError(`unknown knob "${name}" in scope "${scope}"; knobs: ${Object.keys(CHECKS).join(', ')}`);
    if (!valid(value)) throw new KnobError(`knob "${scope}.${name}" cannot be ${JSON.stringify(value)}`);
    if (name === 'sequence') for (const step of value) check(scope, step);
  }
}

/** `LOCAL_CHAT_FIRST_MS=0`, `LOCAL_WORKERS_AI_CHAT_FAULT=cut`, ... as settings. Values are JSON where they parse. */
export function settingsFromEnvironment(environment) {
  const settings = {};
  for (const scope of SCOPES) {
    const prefix = `LOCAL_${scope.replace(/[.-]/g, '_').toUpperCase()}_`;
    for (const name of Object.keys(CHECKS)) {
      const text = environment[prefix + name.toUpperCase()];
      if (text === undefined || text === '') continue;
      let value = text;
      try { value = JSON.parse(text); } catch { /* a bare word is a string */ }
      (settings[scope] ??= {})[name] = value;
    }
  }
  return settings;
}

/** A small deterministic generator (mulberry32), so that `probability` repeats with its `seed`. */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class Knobs {
  #initial;
  #scopes = new Map();

  constructor(settings = {}) {
    this.#initial = settings;
    this.reset();
  }

  /** Back to the defaults and what the start was given. */
  reset() {
    this.#scopes.clear();
    this.set(DEFAULTS);
    this.set(this.#initial);
  }

  /** Merges `{scope: knobs}` (null removes a knob) or replaces a scope's rules with `{scope: [knobs, ...]}`. */
  set(settings) {
    if (!object(settings)) throw new KnobError('control wants an object {scope: {knob: value}}');
    for (const [scope, value] of Object.entries(settings)) {
      for (const rule of Array.isArray(value) ? value : [value]) check(scope, rule);
    }
    for (const [scope, value] of Object.entries(settings)) {
      if (Array.isArray(value)) {
        const base = this.#scopes.get(scope)?.[0] ?? newRule();
        this.#scopes.set(scope, [base, ...value.map((knobs) => newRule(knobs))]);
        continue;
      }
      const rules = this.#scopes.get(scope) ?? [newRule()];
      const knobs = { ...rules[0].knobs, ...value };
      for (const name of Object.keys(knobs)) if (knobs[name] === null) delete knobs[name];
      // A fresh setting starts its counts and its script from the beginning.
      this.#scopes.set(scope, [newRule(knobs), ...rules.slice(1)]);
    }
  }

  /** What every scope holds now, as `GET /control` shows it. */
  effective() {
    return Object.fromEntries([...this.#scopes].map(([scope, rules]) => {
      const shown = rules.map((rule) => ({ ...rule.knobs }));
      return [scope, shown.length === 1 ? shown[0] : shown];
    }));
  }

  /**
   * The knobs of one request; counts it. `facts` is `{model, text}` for rules that ask for one.
   * `script` comes out as the one reply for this request, `fault` as an array.
   */
  resolve(provider, kind, facts) {
    const out = {};
    for (const scope of ['all', kind, provider, `${provider}.${kind}`]) {
      for (const rule of this.#scopes.get(scope) ?? []) applyRule(rule, facts, out);
    }
    const named = out.fault ?? [];
    out.faults = new Set(Array.isArray(named) ? named : [named]);
    return out;
  }
}

const newRule = (knobs = {}) => ({
  knobs, requests: 0, applied: 0, scripted: 0, random: generator(knobs.seed ?? 1),
});

function applyRule(rule, facts, out) {
  const { knobs } = rule;
  const models = knobs.model === undefined ? undefined : [knobs.model].flat();
  if (models && !models.includes(facts.model)) return;
  if (knobs.match_text !== undefined && !facts.text?.includes(knobs.match_text)) return;
  const step = knobs.sequence?.[rule.requests] ?? {};
  rule.requests += 1;
  const own = { ...knobs, ...step };
  if (own.times !== undefined || own.probability !== undefined) {
    const applies = rule.applied < (own.times ?? Infinity) && rule.random() < (own.probability ?? 1);
    if (applies) rule.applied += 1;
    else for (const name of FAULT_KNOBS) delete own[name];
  }
  if (own.script) {
    const { length } = own.script;
    const index = own.script_repeat && length > 0 ? rule.scripted % length : rule.scripted;
    const reply = own.script[index];
    rule.scripted += 1;
    if (reply === undefined) delete own.script;
    else own.script = reply;
  }
  Object.assign(out, own);
}

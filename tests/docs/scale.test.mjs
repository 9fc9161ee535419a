// docs/scale.md: what one turn asks of the platform, counted in workerd, and the arithmetic from there.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { having, until } from '../harness.mjs';
import { PATIENCE_MS } from '../patience.mjs';

const OBJECTS = ['BREAKER', 'PERSON', 'PHRASEBOOK', 'TELEMETRY'];
const STORES = ['PHRASES', 'RECALL'];

/** hearken with every statement of its objects told: how many rows it wrote, as Cloudflare bills them. */
const ROWS = `import * as own from './index.js';
const names = new WeakMap();
function counting(name, { sql }) {
  const kind = Object.getPrototypeOf(sql);
  names.set(sql, name);
  if (kind.isCounted) return;
  const { exec } = kind;
  kind.isCounted = true;
  kind.exec = function (...args) {
    const cursor = exec.apply(this, args);
    if (cursor.rowsWritten > 0) console.log('ROWS ' + names.get(this) + ' ' + cursor.rowsWritten);
    return cursor;
  };
}
const counted = (name, Kind) => class extends Kind {
  constructor(ctx, env) {
    counting(name, ctx.storage);
    super(ctx, env);
  }
};
${['Breaker', 'Person', 'Phrasebook', 'Telemetry'].map((name) => `export const ${name} = counted('${name.toUpperCase()}', own.${name});`).join('\n')}
export * from './index.js';
export { default } from './index.js';
`;

/** Every call to an object and every operation on a store passes by somebody who counts it. */
function counting(options) {
  const [worker, ...others] = options.workers;
  const classes = OBJECTS.map((name) => `export class ${name} extends DurableObject {
    tell(text) {
      console.log('COUNT ${name}');
      return this.env.OWN_${name}.getByName(this.ctx.id.name).tell(text);
    }
  }`);
  const objects = {
    name: 'objects', modules: true, compatibilityDate: '2026-04-01',
    script: `import { DurableObject } from 'cloudflare:workers';\n${classes.join('\n')}\nexport default { fetch: () => new Response() };`,
    durableObjects: Object.fromEntries(OBJECTS.flatMap((name) => [[name, { className: name, useSQLite: true }], [`OWN_${name}`, { ...worker.durableObjects[name], scriptName: 'hearken' }]])),
  };
  const store = (name) => ({
    name: `store-${name.toLowerCase()}`, modules: true, kvNamespaces: { OWN: name }, 
    script: `export default (env) => new Proxy({}, { get: (_, kind) => (kind === 'then' ? undefined : (...args) => { console.log('COUNT ${name}.' + String(kind)); return env.OWN[kind](...args); }) });`,
  });
  const own = Object.fromEntries(OBJECTS.map((name) => [name, { className: name, scriptName: 'objects', useSQLite: true }]));
  // The real classes stay the Worker's: under names of their own.
  const kept = Object.fromEntries(OBJECTS.map((name) => [`KEPT_${name}`, worker.durableObjects[name]]));
  const wrappedBindings = { ...worker.wrappedBindings, ...Object.fromEntries(STORES.map((name) => [name, `store-${name.toLowerCase()}`])) };
  const { PHRASES, RECALL, ...kvNamespaces } = worker.kvNamespaces;
  const modules = [{ type: 'ESModule', path: join(worker.modulesRoot, 'counted.js'), contents: ROWS }, ...worker.modules];
  return { ...options, workers: [{ ...worker, modules, kvNamespaces, wrappedBindings, durableObjects: { ...worker.durableObjects, ...own, ...kept } }, ...others, objects, ...STORES.map(store)] };
}

test('a turn asks of the platform what docs/scale.md says', { timeout: 3 * PATIENCE_MS }, async () => {
  await having({ adjust: counting, vars: { TELEMETRY_FLUSH_MS: '15000', LLM: 'groq:openai/gpt-oss-120b' } }, async (hearken) => {
    const chat = async (more) => {
      const answer = await fetch(`${hearken.url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ stream: true, user: 'ann', conversation: 'c', ...more }) });
      await answer.arrayBuffer();
      const id = answer.headers.get('x-request-id');
      await until('the end of the turn', () => hearken.logs.some((line) => line.includes('"event":"turn"') && line.includes(id)));
    };
    const counted = () => {
      const counts = {};
      for (const line of hearken.logs.filter((text) => text.startsWith('COUNT '))) counts[line.slice(6)] = (counts[line.slice(6)] ?? 0) + 1;
      for (const [, name, rows] of hearken.logs.map((text) => text.split(' ')).filter(([kind]) => kind === 'ROWS')) counts[`${name} rows`] = (counts[`${name} rows`] ?? 0) + Number(rows);
      return counts;
    };
    const say = (content) => ({ messages: [{ role: 'user', content }] });
    const voice = { modalities: ['text', 'audio'], audio: { voice: 'x', format: 'opus' } };
    await chat(say('The first turn warms what an isolate knows.'));
    await chat({ ...say('And one that is spoken.'), ...voice });
    const TURNS = 10;
    const per = async (turn) => {
      const before = counted();
      for (let place = 0; place < TURNS; place += 1) await chat(turn(place));
      return Object.fromEntries(Object.entries(counted()).map(([name, count]) => [name, (count - (before[name] ?? 0)) / TURNS]).filter(([, count]) => count > 0));
    };
    const text = await per((place) => say(`Tell me of the harbour number ${place}.`));
    const spoken = await per((place) => ({ ...say(`Tell me of the island number ${place}.`), ...voice }));
    const told = readFileSync(new URL('../../docs/scale.md', import.meta.url), 'utf8');
    const row = (name) => new RegExp(`^\\| \`${name}\` \\|[^|]*\\| at most (\\d+) \\| at most (\\d+) \\|`, 'm').exec(told)?.slice(1).map(Number);
    for (const name of new Set([...Object.keys(text), ...Object.keys(spoken)])) {
      const most = row(name);
      assert.ok(most, `docs/scale.md does not name ${name}`);
      assert.ok((text[name] ?? 0) <= most[0] && (spoken[name] ?? 0) <= most[1], `${name}: ${text[name]} and ${spoken[name]}`);
    }
  });
});

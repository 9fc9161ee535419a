// docs/operating/: dashboard and alert rules against the metrics that there are, and against Prometheus' own checker.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { fromNpm } from '../../scripts/setup.mjs';

const path = (name) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const read = (name) => readFileSync(path(name), 'utf8');
const NO_PROMTOOL = spawnSync('which', ['promtool']).status !== 0 && 'promtool is not installed (Debian: prometheus)';

/** What a scraper sees: name, and its labels. */
const metrics = new Map();
for (const [, name, kind, labels] of read('docs/operating.md').matchAll(/^\| `((?:hearken|breaker|upstream)_\w+)` \| (\w+) \| (.*?) \|/gm)) {
  const known = [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label);
  if (kind === 'histogram') for (const suffix of ['_bucket', '_count', '_sum']) metrics.set(name + suffix, [...known, ...(suffix === '_bucket' ? ['le'] : [])]);
  else metrics.set(name, known);
}
const bounds = [...read('src/telemetry/exposition.rs').match(/BOUNDS_MS: \[u32; \d+\] = \[([^\]]*)\]/)[1].matchAll(/[\d_]+/g)].map(([ms]) => Number(ms.replaceAll('_', '')) / 1_000);

/** Every metric and label in an expression exists, and so does every bound. */
function known(expression) {
  const used = [...expression.matchAll(/\b((?:hearken|breaker|upstream)_\w+)(?:\{([^}]*)\})?/g)];
  for (const [, name, selectors = ''] of used) {
    assert.ok(metrics.has(name), `${name} is no metric: ${expression}`);
    for (const [, label, value] of selectors.matchAll(/(\w+)=~?!?"([^"]*)"|(\w+)!="/g)) {
      if (!label) continue;
      assert.ok(metrics.get(name).includes(label), `${name} has no label ${label}: ${expression}`);
      if (label === 'le') assert.ok(bounds.includes(Number(value)), `no bucket ends at ${value} s`);
    }
  }
  return used.length;
}

test('the dashboard is one that Grafana imports, and asks only for what there is', () => {
  const board = JSON.parse(read('docs/operating/grafana.json'));
  assert.ok(board.uid && board.title && board.schemaVersion >= 36 && board.time.from && board.templating.list[0].type === 'datasource');
  assert.equal(new Set(board.panels.map(({ id }) => id)).size, board.panels.length);
  const taken = new Set();
  for (const { title, type, gridPos: { x, y, w, h }, targets, datasource } of board.panels) {
    assert.ok(title && type && x + w <= 24 && datasource.uid === '${datasource}', title);
    for (let at = x; at < x + w; at += 1) for (let row = y; row < y + h; row += 1) assert.ok(!taken.has(`${at} ${row}`) && taken.add(`${at} ${row}`), `${title} lies on another panel`);
    for (const { expr, refId } of targets) assert.ok(refId && known(expr) > 0, `${title}: ${expr}`);
  }
  const asked = JSON.stringify(board);
  for (const name of ['turn_duration', 'synthesis', 'transcription', 'retrieval', 'extraction', 'heard', 'step_duration', 'provider_first']) assert.ok(asked.includes(`hearken_${name}_seconds_bucket`), name);
});

test('the dashboard is what Grafana\'s own types say of one', () => {
  const home = fromNpm('grafana', { '@grafana/schema': '13.2.3', typescript: '5.9.3' });
  const types = readFileSync(join(home, 'node_modules/@grafana/schema/dist/types/raw/dashboard/x/types.gen.d.ts'), 'utf8');
  // In JSON a member of an enumeration is its value.
  const members = new Map();
  const plain = types.replaceAll(/export declare enum (\w+) \{([^}]*)\}/g, (_, name, text) => {
    const all = [...text.matchAll(/(\w+) = ([^,\s]+)/g)];
    for (const [, member, value] of all) members.set(`${name}.${member}`, value);
    return `export type ${name} = ${all.map(([, , value]) => value).join(' | ')};`;
  }).replaceAll(/\b[A-Z]\w+\.\w+/g, (name) => members.get(name) ?? name);
  const folder = mkdtempSync(join(tmpdir(), 'hearken-'));
  const check = (board) => {
    writeFileSync(join(folder, 'types.ts'), plain);
    writeFileSync(join(folder, 'board.ts'), `import type { Dashboard } from './types';\nexport const board: Dashboard = ${board};\n`);
    const { status, stdout } = spawnSync(process.execPath, [join(home, 'node_modules/typescript/bin/tsc'), '--noEmit', '--strict', '--skipLibCheck', '--module', 'esnext', '--moduleResolution', 'bundler', join(folder, 'board.ts')], { encoding: 'utf8' });
    return status === 0 ? '' : stdout;
  };
  try {
    assert.equal(check(read('docs/operating/grafana.json')), '');
    assert.match(check(read('docs/operating/grafana.json').replace('"gridPos"', '"gridPosition"')), /gridPosition/, 'what is no dashboard is told apart');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('its expressions are PromQL', { skip: NO_PROMTOOL }, () => {
  const { panels } = JSON.parse(read('docs/operating/grafana.json'));
  const rules = panels.flatMap(({ targets }) => targets).map(({ expr }, place) => `  - { record: "panel:of:${place}", expr: ${JSON.stringify(expr.replaceAll('$__rate_interval', '5m'))} }`);
  const folder = mkdtempSync(join(tmpdir(), 'hearken-'));
  writeFileSync(join(folder, 'panels.yml'), `groups:\n- name: panels\n  rules:\n${rules.join('\n')}\n`);
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', join(folder, 'panels.yml')], { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  assert.equal(status, 0, stdout + stderr);
});

test('alert rules ask only for what there is, pass promtool, and fire as their tests say', { skip: NO_PROMTOOL }, () => {
  assert.ok(known(read('docs/operating/alerts.yml').replaceAll(/^\s*#.*$/gm, '')) > 15);
  for (const args of [['check', 'rules', path('docs/operating/alerts.yml')], ['test', 'rules', path('docs/operating/alerts-test.yml')]]) {
    const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
    assert.equal(status, 0, stdout + stderr);
  }
});

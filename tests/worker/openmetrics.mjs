// A small strict reader of OpenMetrics 1.0 text: it refuses what a scraper may refuse.

import assert from 'node:assert/strict';

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const TYPES = { counter: ['_total', '_created'], gauge: [''], info: ['_info'], stateset: [''], histogram: ['_bucket', '_count', '_sum'] };
const UNITS = ['seconds', 'bytes', 'ratio'];
const NUMBER = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]Inf|NaN)$/;

/** The labels between braces, unescaped; every character is accounted for. */
function labelsOf(text, line) {
  const labels = {};
  const one = new RegExp(`^(${NAME.replace(':', '').replace(':', '')})="((?:[^"\\\\\\n]|\\\\[\\\\"n])*)"(,|$)`);
  for (let rest = text; rest !== '';) {
    const found = one.exec(rest);
    assert.ok(found, `labels of ${line}`);
    const [all, name, value] = found;
    assert.ok(!(name in labels), `${name} twice in ${line}`);
    labels[name] = value.replaceAll(/\\(.)/g, (_, escaped) => ({ n: '\n', '"': '"', '\\': '\\' })[escaped]);
    rest = rest.slice(all.length);
  }
  return labels;
}

/** Families by name: `{type, unit, help, samples: [{name, labels, value}]}`. */
export function readOpenMetrics(text) {
  assert.ok(text.endsWith('\n# EOF\n'), 'the last line is # EOF');
  assert.ok(!/[\r\t]/.test(text));
  const families = {};
  let family;
  for (const line of text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1)) {
    assert.notEqual(line, '', 'no empty lines');
    const told = new RegExp(`^# (TYPE|UNIT|HELP) (${NAME}) (.+)$`).exec(line);
    if (told) {
      const [, what, name, words] = told;
      if (what === 'TYPE') {
        assert.ok(words in TYPES, line);
        assert.ok(!(name in families), `${name} is told twice, or its samples are not together`);
        family = { name, type: words, unit: '', samples: [] };
        families[name] = family;
      } else {
        assert.equal(name, family?.name, `${line} does not belong to ${family?.name}`);
        assert.equal(family.samples.length, 0, `${line} comes after samples`);
        family[what.toLowerCase()] = words;
        if (what === 'UNIT') assert.ok(name.endsWith(`_${words}`), `${name} does not end in its unit`);
      }
      continue;
    }
    const found = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`).exec(line);
    assert.ok(found, `not a sample: ${line}`);
    const [, name, labelText = '', number] = found;
    assert.ok(family && TYPES[family.type].some((suffix) => family.name + suffix === name), `${name} is no sample of ${family?.name}`);
    assert.match(number, NUMBER, line);
    const sample = { name, labels: labelsOf(labelText, line), value: Number(number.replace('Inf', 'Infinity')) };
    const same = (other) => other.name === name && JSON.stringify(other.labels) === JSON.stringify(sample.labels);
    assert.ok(!family.samples.some(same), `${line} is there twice`);
    if (family.type === 'histogram') assert.ok(name.endsWith('_bucket') === 'le' in sample.labels && sample.value >= 0, line);
    if (family.type === 'counter') assert.ok(sample.value >= 0, line);
    if (family.type === 'info') assert.equal(sample.value, 1);
    if (family.type === 'stateset') assert.ok([0, 1].includes(sample.value) && family.name in sample.labels, line);
    family.samples.push(sample);
  }
  for (const { name, help, unit, samples, type } of Object.values(families)) {
    assert.ok(help, `${name} has no help`);
    const ending = UNITS.find((one) => name.endsWith(`_${one}`));
    assert.equal(unit, ending ?? '', `${name} tells its unit`);
    if (type === 'histogram') histogram(name, samples);
    assert.ok(!name.endsWith('_total') && !(type === 'info' && name.endsWith('_info')), `${name}: the suffix belongs to the sample`);
    const labels = new Set(samples.map((sample) => Object.keys(sample.labels).filter((label) => label !== 'le').sort().join()));
    assert.ok(labels.size <= 1, `${name}: all samples have the same labels`);
  }
  return families;
}

/** Buckets grow up to +Inf, which is the count. */
function histogram(name, samples) {
  const series = {};
  for (const { name: sample, labels: { le, ...labels }, value } of samples) {
    const of = (series[JSON.stringify(labels)] ??= { buckets: [] });
    if (sample === `${name}_bucket`) of.buckets.push([Number(le.replace('Inf', 'Infinity')), value]);
    else of[sample.slice(name.length + 1)] = value;
  }
  for (const { buckets, count, sum } of Object.values(series)) {
    assert.ok(buckets.every(([le, value], place) => place === 0 || (le > buckets[place - 1][0] && value >= buckets[place - 1][1])), `${name}: buckets grow`);
    assert.deepEqual(buckets.at(-1), [Infinity, count], `${name}: the last bucket is the count`);
    assert.ok(sum >= 0, `${name}: a sum`);
  }
}

/** The value of one sample, or undefined. */
export const sampleOf = (families, family, wanted = {}) => families[family]?.samples
  .find(({ labels }) => Object.entries(wanted).every(([name, value]) => labels[name] === value))?.value;

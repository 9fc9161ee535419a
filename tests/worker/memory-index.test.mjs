// Very many memories are searched at an index outside: Qdrant over HTTP, Vectorize through workerd's own binding. The
// person's object stays the truth: what it has forgotten never comes back, whatever the index holds or lacks.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startHearken, until } from '../harness.mjs';
import { knownIn, Somebody, turns } from './people.mjs';

const NAME = 'memories';
const FACTS = ['Grows tomatoes on the balcony', 'Has a brother called Tom who lives in Oslo', 'Is afraid of flying', 'Adopted a small puppy', 'Plays the drums'];
/** Shares no word with the fact about the puppy: only its meaning finds that. */
const BY_MEANING = 'which animals and pets?';

const KINDS = {
  qdrant: { vars: (url) => ({ INDEX: `qdrant:${NAME}`, QDRANT_BASE_URL: url, QDRANT_API_KEY: 'key-of-qdrant' }), adjust: (options) => options },
  vectorize: {
    vars: () => ({ INDEX: `vectorize:${NAME}` }),
    adjust(options) {
      const [worker] = options.workers;
      const url = worker.bindings.OPENAI_BASE_URL.replace(/\/v1$/, '');
      worker.vectorize = { VECTORIZE: { index_name: NAME, remoteProxyConnectionString: new URL(`${url}/vectorize/${NAME}`) } };
      return options;
    },
  },
};

for (const [kind, { vars, adjust }] of Object.entries(KINDS)) {
  describe(kind, () => {
    let hearken;
    before(async () => {
      hearken = await startHearken({ vars: (url) => ({ EXTRACT_IDLE_MS: '3600000', INDEX_FROM: '2', ...vars(url) }), adjust, knobs: { chat: { first_ms: 0, gap_ms: 0 }, qdrant: { key: 'key-of-qdrant' } } });
    });
    after(() => hearken?.stop());
    const person = (user) => new Somebody(hearken.url, user);
    const points = () => hearken.providers.indexes.of(kind, NAME).stored;
    const searches = () => hearken.providers.requests.filter(({ scope, path, body }) => scope === `${kind}.search` && (path.endsWith('/query') || body?.operation === 'query'));
    const owner = ({ payload, namespace }) => payload?.person ?? namespace;
    /** A person with all the facts, and the points of nobody else. */
    async function someone(user) {
      const before = new Set(points().keys());
      const one = person(user);
      for (const fact of FACTS) await one.remember(fact);
      await one.remember(`Is called ${user}`, 'name');
      const own = () => [...points().values()].filter(({ id }) => !before.has(id));
      await until('the points', () => own().length === FACTS.length);
      return { one, own };
    }

    test('finds by meaning what the index proposes', async () => {
      const { one, own } = await someone('ida');
      hearken.providers.journal.clear();
      const { texts, recall } = await one.search(BY_MEANING);
      assert.deepEqual([texts[0], recall], ['Adopted a small puppy', 'miss']);
      assert.equal(searches().length, 1);
      assert.equal((await one.search(BY_MEANING)).recall, 'hit');
      await one.say(`${BY_MEANING} I wonder`);
      assert.match(knownIn(turns(hearken.providers)[0]), /puppy/);
      assert.doesNotMatch(JSON.stringify(own()), /puppy|ida|Oslo/, 'points hold no words');
    });

    test('the index is what serves: without its points the meaning is not found', async () => {
      const { one, own } = await someone('jon');
      await until('the change is seen', async () => {
        await one.search(`${BY_MEANING} ${Math.random()}`);
        return true;
      });
      for (const { id } of own()) points().delete(id);
      if (kind === 'qdrant') assert.ok(!(await one.search('animals, pets')).texts.includes('Adopted a small puppy'));
      assert.match((await one.search('puppy')).texts[0], /puppy/, 'words still do');
    });

    test('what was erased never comes back, though the index still proposes it', async () => {
      const { one, own } = await someone('kai');
      const [memory] = (await one.search(BY_MEANING)).found;
      const held = own();
      await one.must('DELETE', `/v1/memories/${memory.id}`);
      await until('its point is gone', () => own().length === FACTS.length - 1);
      for (const point of held) points().set(point.id, point);
      const { texts } = await one.search(BY_MEANING);
      assert.ok(!texts.includes('Adopted a small puppy'), String(texts));
    });

    test('a change is seen by the very next search, before the index has it', async () => {
      const { one } = await someone('lea');
      const [memory] = (await one.search(BY_MEANING)).found;
      hearken.providers.control({ search: { fault: 'server_error' } });
      try {
        await one.must('PUT', `/v1/memories/${memory.id}`, { text: 'Adopted an old kitten' });
      } finally {
        hearken.providers.control(null);
      }
      const { texts } = await one.search('my puppy, dog or other animal');
      assert.ok(texts.includes('Adopted an old kitten') && !texts.includes('Adopted a small puppy'), String(texts));
    });

    test('nobody is proposed what is another one\'s', async () => {
      const { one, own } = await someone('max');
      const other = await someone('nia');
      const owners = (list) => new Set(list.map(owner));
      const mine = owners(own().filter((point) => !other.own().some(({ id }) => id === point.id)));
      assert.equal(mine.size, 1);
      assert.notDeepEqual([...mine], [...owners(other.own())]);
      hearken.providers.journal.clear();
      await one.search('pets, animals, whatever');
      const [asked] = searches();
      assert.ok(JSON.stringify(asked.body).includes([...mine][0]));
    });

    test('an index that is down costs the meaning, not the words, and such a result is not kept', async () => {
      const { one, own } = await someone('oli');
      hearken.providers.control({ search: { fault: 'server_error' } });
      try {
        for (let again = 0; again < 2; again += 1) {
          const { texts, recall } = await one.search('drums and animals');
          assert.deepEqual([texts[0], recall], ['Plays the drums', 'miss']);
        }
        await one.remember('Sails a small boat');
        assert.match((await one.search('boat')).texts[0], /boat/);
      } finally {
        hearken.providers.control(null);
      }
      await one.remember('Collects old maps');
      await until('what was missing', () => own().length === FACTS.length + 2);
    });

    test('erasing memories, or the person, leaves no point', async () => {
      const { one, own } = await someone('pia');
      await one.must('DELETE', '/v1/memories');
      await until('no points', () => own().length === 0);
      const again = await someone('pia');
      await again.one.must('DELETE', '/v1/person');
      await until('no points of the person', () => again.own().length === 0);
      assert.deepEqual(await one.texts(), []);
      assert.deepEqual((await one.search(BY_MEANING)).texts, []);
    });

    test('a person who was erased while the index was down leaves none later', async () => {
      const { one, own } = await someone('quy');
      hearken.providers.control({ search: { fault: 'server_error' } });
      try {
        assert.equal((await one.must('DELETE', '/v1/person')).body.deleted, true);
      } finally {
        hearken.providers.control(null);
      }
      const old = own().map(({ id }) => id);
      assert.equal(old.length, FACTS.length);
      await one.remember('Begins anew');
      await until('the old points are gone', () => old.every((id) => !points().has(id)), 20_000);
    });
  });
}

test('Vectorize: what the index has not seen yet is found all the same', async () => {
  const { vars, adjust } = KINDS.vectorize;
  const hearken = await startHearken({
    vars: (url) => ({ EXTRACT_IDLE_MS: '3600000', INDEX_FROM: '0', ...vars(url) }), adjust,
    knobs: { chat: { first_ms: 0, gap_ms: 0 }, vectorize: { lag_ms: 3_600_000 } },
  });
  try {
    const ria = new Somebody(hearken.url, 'ria');
    for (const fact of FACTS) await ria.remember(fact);
    await until('the upsert', () => hearken.providers.requests.some(({ body }) => body?.operation === 'upsert'));
    assert.equal(hearken.providers.indexes.of('vectorize', NAME).stored.size, 0);
    assert.equal((await ria.search(BY_MEANING)).texts[0], 'Adopted a small puppy');
  } finally {
    await hearken.stop();
  }
});

test('a person of few memories asks no index', async () => {
  const { vars } = KINDS.qdrant;
  const hearken = await startHearken({ vars: (url) => ({ EXTRACT_IDLE_MS: '3600000', ...vars(url) }) });
  try {
    const sam = new Somebody(hearken.url, 'sam');
    for (const fact of FACTS) await sam.remember(fact);
    assert.equal((await sam.search(BY_MEANING)).texts[0], 'Adopted a small puppy');
    assert.equal(hearken.providers.requests.filter(({ scope }) => scope?.endsWith('.search')).length, 0);
  } finally {
    await hearken.stop();
  }
});

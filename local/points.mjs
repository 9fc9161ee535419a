// Two indexes of vectors, in memory: Qdrant's HTTP API, and what a Vectorize binding says to its service (V2). Both
// refuse what the real ones refuse, so that a wrong request fails here and not after a deploy.

import { badInput } from './errors.mjs';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const isVector = (value) => Array.isArray(value) && value.length > 0 && value.every((x) => typeof x === 'number' && Number.isFinite(x));
const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);
const dot = (one, other) => one.reduce((sum, x, at) => sum + x * other[at], 0);
const cosine = (one, other) => dot(one, other) / (Math.sqrt(dot(one, one) * dot(other, other)) || 1);

class Refused extends Error {}
const must = (condition, message) => {
  if (!condition) throw new Refused(message);
};
/** Refuses a field that the interface does not have: a misspelt one would be ignored in silence. */
const only = (object, ...names) => {
  must(isObject(object), 'an object is wanted');
  for (const name of Object.keys(object)) must(names.includes(name), `unknown field \`${name}\``);
};

/** One collection or index; it takes the dimensions of its first vector, and applies changes `lag_ms` after they came. */
class Points {
  #waiting = [];
  #last = { processedUpToMutation: undefined, processedUpToDatetime: undefined };
  #mutations = 0;
  stored = new Map();
  dimensions = undefined;

  check(vector) {
    must(isVector(vector), 'a vector is a list of numbers');
    this.dimensions ??= vector.length;
    must(vector.length === this.dimensions, `Vector dimension error: expected dim: ${this.dimensions}, got ${vector.length}`);
  }

  /** Takes a change; answers its name. */
  change(work, lag_ms = 0) {
    this.#mutations += 1;
    const mutation = `00000000-0000-4000-8000-${String(this.#mutations).padStart(12, '0')}`;
    this.#waiting.push({ mutation, work, at_ms: Date.now() + lag_ms });
    this.settle();
    return mutation;
  }

  /** Applies, in order, what is due. */
  settle() {
    while (this.#waiting.length > 0 && this.#waiting[0].at_ms <= Date.now()) {
      const { mutation, work } = this.#waiting.shift();
      work();
      this.#last = { processedUpToMutation: mutation, processedUpToDatetime: new Date().toISOString() };
    }
  }

  nearest(vector, limit, fits) {
    this.settle();
    const found = [...this.stored.values()].filter(fits).map(({ id, values }) => ({ id, score: cosine(values, vector) }));
    return found.sort((one, other) => other.score - one.score).slice(0, limit);
  }

  info() {
    this.settle();
    return { dimensions: this.dimensions ?? 0, vectorCount: this.stored.size, ...this.#last };
  }
}

export class Indexes {
  #all = new Map();

  /** The points of one collection (`qdrant`) or index (`vectorize`) by its name. */
  of(provider, name) {
    const key = `${provider}:${name}`;
    if (!this.#all.has(key)) this.#all.set(key, new Points());
    return this.#all.get(key);
  }
}

/** Runs a handler; what it refuses is answered in the provider's own form. */
const refusing = (handler) => async (ex, indexes) => {
  try {
    return await handler(ex, indexes);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { status, body } = badInput(ex.provider, error.message);
    return ex.answer(status, body);
  }
};

// --- Qdrant

const QDRANT_POINTS_MAX = 10_000;
const qdrantResult = (result) => ({ result, status: 'ok', time: 0.001 });
const completed = () => qdrantResult({ operation_id: 0, status: 'completed' });

/** `{"must":[{"key","match":{"value"}}]}` as a predicate over payloads. */
function qdrantFilter(filter) {
  only(filter, 'must');
  must(Array.isArray(filter.must) && filter.must.length > 0, 'filter.must is a list');
  for (const one of filter.must) {
    only(one, 'key', 'match');
    only(one.match, 'value');
    must(typeof one.key === 'string' && typeof one.match.value === 'string', 'key and match.value are strings');
  }
  return ({ payload }) => filter.must.every(({ key, match }) => payload?.[key] === match.value);
}

const waits = (ex) => must(ex.url.searchParams.get('wait') === 'true', 'these tests want wait=true');

/** `PUT /collections/{name}/points`. */
export const qdrantUpsert = refusing((ex, indexes) => {
  waits(ex);
  only(ex.json, 'points');
  const { points } = ex.json;
  must(Array.isArray(points) && points.length > 0 && points.length <= QDRANT_POINTS_MAX, 'points is a list that is not empty');
  const collection = indexes.of('qdrant', ex.params.name);
  for (const point of points) {
    only(point, 'id', 'vector', 'payload');
    must(UUID.test(point.id) || (Number.isInteger(point.id) && point.id >= 0), `value ${point.id} is not a valid point ID, valid values are either an unsigned integer or a UUID`);
    collection.check(point.vector);
    must(point.payload === undefined || isObject(point.payload), 'payload is an object');
  }
  collection.change(() => points.forEach(({ id, vector, payload }) => collection.stored.set(id, { id, values: vector, payload })));
  return completed();
});

/** `POST /collections/{name}/points/query`. */
export const qdrantQuery = refusing((ex, indexes) => {
  only(ex.json, 'query', 'filter', 'limit', 'with_payload', 'with_vector', 'score_threshold');
  const collection = indexes.of('qdrant', ex.params.name);
  collection.check(ex.json.query);
  must(Number.isInteger(ex.json.limit) && ex.json.limit >= 1, 'limit must be 1 or larger');
  const points = collection.nearest(ex.json.query, ex.json.limit, qdrantFilter(ex.json.filter));
  return qdrantResult({ points: points.map((point) => ({ ...point, version: 0 })) });
});

/** `POST /collections/{name}/points/delete`. */
export const qdrantDelete = refusing((ex, indexes) => {
  waits(ex);
  only(ex.json, 'points');
  must(Array.isArray(ex.json.points) && ex.json.points.every((id) => UUID.test(id)), 'points is a list of ids');
  const collection = indexes.of('qdrant', ex.params.name);
  collection.change(() => ex.json.points.forEach((id) => collection.stored.delete(id)));
  return completed();
});

// --- Vectorize

const VECTORIZE = { batch_max: 1_000, id_bytes_max: 64, dimensions_max: 1_536, top_k_max: 100, top_k_with_values_max: 20, namespace_bytes_max: 64 };

/**
 * What the binding of workerd sends to its service, `http://vector-search/{operation}`, as Miniflare forwards it: the
 * true address in `mf-url`, the true headers as `mf-header-*`.
 */
export const vectorize = refusing((ex, indexes) => {
  // The forwarder also tries a socket, for bindings that are more than requests.
  must(ex.req.headers['mf-url'], 'not from a binding');
  const { pathname } = new URL(ex.req.headers['mf-url']);
  const index = indexes.of('vectorize', ex.params.name);
  const operation = OPERATIONS[`${ex.req.method} ${pathname}`];
  must(operation, `no operation ${ex.req.method} ${pathname}`);
  ex.entry.body = { operation: pathname.slice(1), text: ex.raw.toString('utf8') };
  return operation(ex, index, ex.req.headers['mf-header-content-type']);
});

function jsonOf(text, type) {
  must(type === 'application/json', `content-type ${type}`);
  return JSON.parse(text);
}

const OPERATIONS = {
  'GET /info': (ex, index) => index.info(),
  'POST /query'(ex, index, type) {
    const query = jsonOf(ex.raw.toString('utf8'), type);
    only(query, 'vector', 'topK', 'namespace', 'returnValues', 'returnMetadata', 'filter');
    index.check(query.vector);
    const most = query.returnValues || query.returnMetadata === 'all' ? VECTORIZE.top_k_with_values_max : VECTORIZE.top_k_max;
    must(Number.isInteger(query.topK) && query.topK >= 1 && query.topK <= most, `topK is 1 to ${most}`);
    must(['none', 'indexed', 'all'].includes(query.returnMetadata), 'returnMetadata is none, indexed or all');
    const matches = index.nearest(query.vector, query.topK, ({ namespace }) => query.namespace === undefined || namespace === query.namespace);
    return { count: matches.length, matches };
  },
  'POST /upsert'(ex, index, type) {
    must(type === 'application/x-ndjson', `content-type ${type}`);
    const vectors = ex.raw.toString('utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
    must(vectors.length >= 1 && vectors.length <= VECTORIZE.batch_max, `1 to ${VECTORIZE.batch_max} vectors`);
    for (const vector of vectors) {
      only(vector, 'id', 'values', 'namespace', 'metadata');
      must(typeof vector.id === 'string' && vector.id !== '' && Buffer.byteLength(vector.id) <= VECTORIZE.id_bytes_max, 'a bad id');
      must(typeof vector.namespace === 'string' && Buffer.byteLength(vector.namespace) <= VECTORIZE.namespace_bytes_max, 'a bad namespace');
      index.check(vector.values);
      must(vector.values.length <= VECTORIZE.dimensions_max, 'too many dimensions');
    }
    return { mutationId: index.change(() => vectors.forEach((vector) => index.stored.set(vector.id, vector)), ex.knobs.lag_ms) };
  },
  'POST /deleteByIds'(ex, index, type) {
    const { ids, ...rest } = jsonOf(ex.raw.toString('utf8'), type);
    only(rest);
    must(Array.isArray(ids) && ids.length >= 1 && ids.length <= VECTORIZE.batch_max && ids.every((id) => typeof id === 'string'), 'ids is a list');
    return { mutationId: index.change(() => ids.forEach((id) => index.stored.delete(id)), ex.knobs.lag_ms) };
  },
};

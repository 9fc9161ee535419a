// Compares a JSON value with a JSON Schema (draft 2020-12): the keywords that static/openapi.json uses, and an error
// for any other, so that a document never claims what is not checked.

const TYPES = {
  null: (value) => value === null,
  boolean: (value) => typeof value === 'boolean',
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  integer: Number.isInteger,
  array: Array.isArray,
  object: (value) => value !== null && typeof value === 'object' && !Array.isArray(value),
};

/** What `{"$ref": "#/a/b"}` points at, or the object itself. */
export function resolve(document, node) {
  if (!node?.$ref) return node;
  const target = node.$ref.slice(2).split('/').reduce((at, key) => at?.[key], document);
  if (!node.$ref.startsWith('#/') || target === undefined) throw new Error(`${node.$ref} points at nothing`);
  return resolve(document, target);
}

const properties = (names, value, context) =>
  Object.entries(names).flatMap(([name, schema]) => (TYPES.object(value) && Object.hasOwn(value, name) ? check(schema, value[name], { ...context, at: `${context.at}.${name}` }) : []));

/** Each keyword: `(argument, value, context, schema)` gives the sentences that say what is wrong. */
const KEYWORDS = {
  type: (types, value, { at }) => ([types].flat().some((type) => TYPES[type](value)) ? [] : [`${at} is not ${types}`]),
  enum: (values, value, { at }) => (values.includes(value) ? [] : [`${at} is ${JSON.stringify(value)}, none of ${JSON.stringify(values)}`]),
  const: (only, value, { at }) => (value === only ? [] : [`${at} is not ${JSON.stringify(only)}`]),
  required: (names, value, { at }) => (TYPES.object(value) ? names.filter((name) => !Object.hasOwn(value, name)).map((name) => `${at} has no ${name}`) : []),
  properties,
  additionalProperties: (allowed, value, context, schema) => {
    if (allowed === true || !TYPES.object(value)) return [];
    const others = Object.keys(value).filter((name) => !Object.hasOwn(schema.properties ?? {}, name));
    if (allowed === false) return others.map((name) => `${context.at} has the undocumented field ${name}`);
    return others.flatMap((name) => check(allowed, value[name], { ...context, at: `${context.at}.${name}` }));
  },
  propertyNames: (schema, value, context) => (TYPES.object(value) ? Object.keys(value).flatMap((name) => check(schema, name, { ...context, at: `${context.at}'s ${name}` })) : []),
  maxProperties: (most, value, { at }) => (TYPES.object(value) && Object.keys(value).length > most ? [`${at} has more than ${most} fields`] : []),
  items: (schema, value, context) => (Array.isArray(value) ? value.flatMap((item, index) => check(schema, item, { ...context, at: `${context.at}[${index}]` })) : []),
  minItems: (least, value, { at }) => (Array.isArray(value) && value.length < least ? [`${at} has fewer than ${least} items`] : []),
  minLength: (least, value, { at }) => (typeof value === 'string' && [...value].length < least ? [`${at} is shorter than ${least}`] : []),
  maxLength: (most, value, { at }) => (typeof value === 'string' && [...value].length > most ? [`${at} is longer than ${most}`] : []),
  minimum: (least, value, { at }) => (typeof value === 'number' && value < least ? [`${at} is below ${least}`] : []),
  maximum: (most, value, { at }) => (typeof value === 'number' && value > most ? [`${at} is above ${most}`] : []),
  pattern: (pattern, value, { at }) => (typeof value === 'string' && !new RegExp(pattern, 'u').test(value) ? [`${at} is "${value}", not like ${pattern}`] : []),
  anyOf: (schemas, value, context) => {
    const tried = schemas.map((schema) => check(schema, value, context));
    return tried.some((wrong) => wrong.length === 0) ? [] : [`${context.at} fits none of: ${tried.map((wrong) => wrong[0]).join(' | ')}`];
  },
  description: () => [],
  default: () => [],
};

function check(node, value, context) {
  const schema = resolve(context.document, node);
  return Object.entries(schema).flatMap(([keyword, argument]) => {
    if (!Object.hasOwn(KEYWORDS, keyword)) throw new Error(`${context.at}: the keyword ${keyword} is not checked here`);
    return KEYWORDS[keyword](argument, value, context, schema);
  });
}

/** The sentences that say where `value` is not what `schema` says; none when it is. */
export const wrong = (document, schema, value, at = 'it') => check(schema, value, { document, at });

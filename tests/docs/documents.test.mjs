// The written documents against the repository: links, paths, commands, names, figures.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'node:test';

import { circles, uses } from './uses.mjs';
import { rateProblem, slips, unknownVariables, VARIABLES, varsOf } from '../../scripts/variables.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (path) => readFileSync(join(ROOT, path), 'utf8');
const exists = (path) => existsSync(join(ROOT, path));
const below = (folder, ending) => readdirSync(join(ROOT, folder), { recursive: true }).map((path) => join(folder, path)).filter((path) => path.endsWith(ending));

const DOCUMENTS = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'local/README.md', ...below('docs', '.md')];
/** Rust without its tests: what the Worker really does. */
const RUST = Object.fromEntries(below('src', '.rs').filter((path) => !/tests?\.rs$|_tests\.rs$|_props\.rs$|testing\.rs$|\/tests\//.test(path)).map((path) => [path, read(path).split('#[cfg(test)]')[0]]));

/** The text without fenced code. */
const prose = (text) => text.replaceAll(/^```[\s\S]*?^```$/gm, '');
const section = (text, heading) => text.split(`\n## ${heading}\n`)[1].split('\n## ')[0];
/** The cells of the table rows that begin with code. */
const rows = (text) => [...text.matchAll(/^\| (`.*) \|$/gm)].map(([, row]) => row.split(/(?<!\\) \| /));
const code = (cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => word);

/** A heading's anchor as GitHub makes it. */
const anchor = (heading) => heading.toLowerCase().replaceAll('`', '').replaceAll(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-');
const anchors = (path) => [...prose(read(path)).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchor(heading));

describe('every document', () => {
  for (const path of DOCUMENTS) {
    test(`${path}: links lead to files and headings that exist`, () => {
      for (const [, target] of prose(read(path)).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^https?:/.test(target)) continue;
        const [file, heading] = target.split('#');
        const linked = file ? normalize(join(dirname(path), file)) : path;
        assert.ok(exists(linked), `${path} links to ${target}, which is not there`);
        if (heading) assert.ok(anchors(linked).includes(heading), `${linked} has no heading #${heading}`);
      }
    });

    test(`${path}: names commands that exist and no machine's paths`, () => {
      const text = read(path);
      const { scripts } = JSON.parse(read('package.json'));
      for (const [, , name] of text.matchAll(/\bnpm (run )?([a-z-]+)/g))
        assert.ok(name in scripts || ['install', 'ci', 'i', 'packages', 'package'].includes(name), `${path}: npm ${name}`);
      for (const [, name] of text.matchAll(/--example (\w+)/g)) assert.ok(exists(`examples/${name}/main.rs`), `${path}: ${name}`);
      assert.doesNotMatch(text, /(?<![\w.~])\/(?:work|root|home|tmp|Users|opt|mnt)\/|[A-Z]:\\/, path);
    });
  }

  test('is reached from the README or the architecture', () => {
    const linked = ['README.md', 'docs/architecture.md'].flatMap((path) =>
      [...read(path).matchAll(/\]\(([^)#\s]+)/g)].map(([, target]) => normalize(join(dirname(path), target))));
    for (const path of DOCUMENTS.slice(1)) assert.ok(linked.includes(path), `nothing leads to ${path}`);
  });
});

describe('docs/security.md', () => {
  test('has every risk of both lists, each with tests that exist under the names that it gives', () => {
    const text = read('docs/security.md');
    const risks = [...text.matchAll(/^\| ((?:API|LLM)\d+) .*\| ([^|]*) \|$/gm)];
    assert.deepEqual(risks.map(([, risk]) => risk), ['API', 'LLM'].flatMap((list) => Array.from({ length: 10 }, (_, at) => `${list}${list === 'LLM' && at < 9 ? 0 : ''}${at + 1}`)));
    for (const [, risk, cell] of risks) {
      const tests = [...cell.matchAll(/`([^`]+)` "([^"]+)"/g)];
      assert.ok(tests.length > 0, `${risk} has no test`);
      for (const [, file, claim] of tests) assert.ok(exists(file) && read(file).replaceAll("\\'", "'").includes(claim), `${risk}: ${file} has nothing called "${claim}"`);
    }
  });

  test('is right that secrets are compared in constant time: none in any other way, and what holds one cannot be compared at all', () => {
    const scripts = below('src', '.js').map((path) => [path, read(path)]);
    const isSecret = (path, words) => /secret|credential|api_?keys?\b|password|signature|hmac|authorization/i.test(words) || (/^src\/(http|config)\//.test(path) && /\b(tag|mac|token|digest)\b(?!\.len)/.test(words));
    // Of a call that compares: what is compared, and with what.
    const compared = /([\w.()&*?\[\]]+)\s*(?:[!=]==?)\s*([\w.()&*?\[\]'"]+)|([\w.()&*?]+)\.(?:eq|ne|cmp|partial_cmp|contains|starts_with|ends_with|localeCompare|includes|startsWith|endsWith)\(([^()]*)\)/g;
    /** With what everybody knows, or a word beside a secret that is none. */
    const known = /^(?:"[^"]*"|'[^']*'|'.|[A-Z][A-Z_]+|Auth::\w+|Caller::\w+|\|.*|\d+|undefined|null)/;
    const faults = [];
    for (const [path, source] of [...Object.entries(RUST), ...scripts]) {
      source.split('\n').forEach((line, at) => {
        for (const [, left, right, whose, what] of line.replace(/\/\/.*$/, '').matchAll(compared)) {
          const [one, other] = [left ?? whose, right ?? what];
          if (isSecret(path, `${one} ${other}`) && !known.test(other.trim().replace(/^&/, ''))) faults.push(`${path}:${at + 1}: ${line.trim()}`);
        }
      });
    }
    assert.deepEqual(faults, []);
    for (const [path, name] of [['src/config/api_keys.rs', 'ApiKey'], ['src/config/memory.rs', 'Secret'], ['src/config/provider.rs', 'Endpoint'], ['src/config/turnstile.rs', 'Turnstile'], ['src/config.rs', 'Config']]) {
      const [, derives] = new RegExp(`#\\[derive\\(([^)]*)\\)\\]\n(?:#\\[cfg_attr\\(test, [^\n]*\n)?pub struct ${name}\\b`).exec(RUST[path]) ?? [];
      assert.ok(derives && !/Eq|Ord|Hash/.test(derives), `${path}: ${name} can be compared`);
    }
    // Every key is looked at whichever fits, digests against digests; a tag is verified by the HMAC itself.
    assert.match(RUST['src/http/identity.rs'], /\.fold\(false, \|known, key\| known \| key\.is\(credential\)\)/);
    assert.match(RUST['src/http/identity.rs'], /self\.digest\(\)\.ct_eq\(&Sha256::digest\(credential\)\)/);
    assert.match(RUST['src/http/signed.rs'], /\.verify_slice\(&tag\)/);
  });
});

describe('README.md', () => {
  const readme = read('README.md');

  test('is one screen that says how to start and how to test', () => {
    for (const command of ['npm start', 'npm test', 'npm run deploy', 'npx wrangler login']) assert.ok(readme.includes(command), command);
    assert.ok(readme.split('\n').length <= 90);
  });

  test('shows a picture that is there and not too heavy', () => {
    const [, path] = /!\[[^\]]{20,}\]\(([^)]+)\)/.exec(readme);
    assert.ok(statSync(join(ROOT, path)).size < 150_000);
  });

  test('quotes figures that were measured, and of what does not depend on the machine, this build\'s', () => {
    const { results } = JSON.parse(read('bench/results.json'));
    const quoted = [...section(readme, 'Measured').matchAll(/^\| (?!What|-)(.*?) \| (.*?) \| (.*?) \| (met|missed) \|$/gm)];
    assert.ok(quoted.length >= 3);
    const SIGNS = { below: '<', at_most: '<=', at_least: '>=' };
    const met = { '<': (value, bound) => value < bound, '<=': (value, bound) => value <= bound, '>=': (value, bound) => value >= bound };
    for (const [, name, figure, target, verdict] of quoted) {
      const result = results.find((one) => one.name === name);
      assert.ok(result, `bench/results.json has no "${name}"`);
      assert.ok(figure.endsWith(result.unit), `${name}: ${figure}`);
      const value = Number.parseFloat(figure);
      const [[kind, bound]] = Object.entries(result.target);
      assert.equal(target.replace(' x', 'x'), `${SIGNS[kind]} ${bound}${result.unit === 'x' ? '' : ' '}${result.unit}`, name);
      assert.equal(verdict, met[SIGNS[kind]](value, bound) ? 'met' : 'missed', name);
      if (result.part === 'size' && result.unit === 'KB') assert.ok(Math.abs(value / result.measured - 1) < 0.1, `${name} is ${result.measured} now`);
    }
  });

  test('uses the SDK in a way that the SDK has', async () => {
    const [snippet] = /^```js[\s\S]*?^```/m.exec(readme);
    const { default: OpenAI } = await import('openai');
    const client = new OpenAI({ baseURL: 'http://127.0.0.1:1/v1', apiKey: 'x' });
    const calls = [...snippet.matchAll(/client\.([\w.]+)\(/g)].map(([, path]) => path);
    assert.ok(calls.length > 0);
    for (const path of calls) assert.equal(typeof path.split('.').reduce((at, key) => at?.[key], client), 'function', path);
  });
});

describe('docs/architecture.md', () => {
  const text = read('docs/architecture.md');
  const decisions = below('docs/decisions', '.md');

  test('names only paths that exist', () => {
    const named = [text, ...decisions.map(read), read('docs/providers.md')].flatMap(code).filter((word) => /^[\w.-]+\/[\w./-]*$|^[\w-]+\.(?:rs|mjs|js|toml|md|json)$/.test(word) && !/^(?:audio|text|application)\//.test(word));
    assert.ok(named.length > 40);
    for (const path of named) assert.ok(exists(path), `${path} is not there`);
  });

  test('has every room and every folder on its map', () => {
    const named = new Set(code(text).map((path) => path.replace(/\/$/, '')));
    const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).map(({ name }) => `src/${name}`);
    for (const path of folders) assert.ok(named.has(path), `the map lacks ${path}`);
    for (const { name } of readdirSync(join(ROOT, 'tests'), { withFileTypes: true }).filter((entry) => entry.isDirectory() && entry.name !== 'fixtures'))
      assert.ok(named.has(`tests/${name}`), `the map lacks tests/${name}`);
  });

  test('names every file that is not Rust', () => {
    for (const path of below('src', '.js')) assert.ok(code(text).includes(path), path);
  });

  test('draws the arrows between rooms as they are', () => {
    const above = { http: ['realtime', 'turn', 'memory', 'model', 'voice', 'audio', 'upstream'], realtime: ['turn', 'memory', 'model', 'voice', 'segment', 'audio', 'upstream'], turn: ['memory', 'model', 'voice', 'segment', 'audio', 'upstream'], memory: ['model', 'upstream'], model: ['upstream'], voice: ['segment', 'audio', 'upstream'], segment: [], audio: [], upstream: [] };
    const ground = { platform: ['config', 'wire'], telemetry: ['platform', 'config', 'wire'], config: ['wire'], wire: [], care: ['wire'] };
    let arrows = 0;
    for (const [file, source] of Object.entries(RUST)) {
      const room = file.split('/')[1].replace(/\.rs$/, '');
      if (room === 'lib') continue;
      const may = above[room] ? [...above[room], ...Object.keys(ground)] : ground[room];
      assert.ok(may, `${room} is no room of this drawing`);
      for (const [, path, other] of source.matchAll(/crate::((\w+)(?:::\w+)?)/g)) {
        if (other === room) continue;
        arrows += 1;
        assert.ok(may.includes(other), `${file} names ${path}: an arrow that docs/architecture.md does not have`);
      }
    }
    assert.ok(arrows > 200);
  });

  test('is right that no two files need each other', () => {
    const files = uses(RUST);
    assert.ok(files['src/turn/open.rs'].has('src/turn/setting.rs') && files['src/segment/mod.rs'].has('src/segment/reader.rs'));
    assert.deepEqual(circles({ ...files, 'src/wire/hex.rs': new Set(['src/http/app.rs']) }).length, 1);
    assert.deepEqual(circles(files), []);
  });

  test('is right that a name means one type', () => {
    const types = new Map();
    for (const [file, source] of Object.entries(RUST))
      for (const [, name] of source.matchAll(/^pub(?:\([\w: ]+\))? (?:struct|enum|trait|type) (\w+)/gm)) types.set(name, [...(types.get(name) ?? []), file]);
    assert.ok(types.size > 300);
    assert.deepEqual([...types].filter(([, files]) => files.length > 1), []);
  });

  test('links every decision', () => {
    for (const path of decisions) assert.ok(text.includes(`](${relative('docs', path)})`), path);
  });
});

test('docs/providers.md has a row for every provider', () => {
  const names = [...RUST['src/config/provider.rs'].matchAll(/Provider::\w+ => "([a-z-]+)"/g)].map(([, name]) => name);
  const table = rows(read('docs/providers.md').split('\n## ')[0]).map(([first]) => code(first)[0]);
  assert.deepEqual(table, names);
});

describe('docs/operating.md', () => {
  const text = read('docs/operating.md');

  test('has every failure word of the log, and no other', () => {
    const words = [...RUST['src/upstream/outcome.rs'].matchAll(/Failure::\w+(?:\([^)]*\)|\s*\{[^}]*\})?\s*=>\s*"(\w+)"/g)].map(([, word]) => word);
    const table = rows(section(text, 'Logs').split('| `failure` |')[1]).flatMap(([first]) => code(first));
    assert.ok(words.length > 10);
    assert.deepEqual([...table].sort(), [...words].sort());
  });

  test('has every event that is logged', () => {
    const logged = Object.values(RUST).flatMap((source) => [...source.matchAll(/"event":\s*"(\w+)"|event: "(\w+)"|\.note\(\s*"(\w+)"/g)].map(([, json, field, noted]) => json ?? field ?? noted));
    const pages = text + read('docs/breaker.md');
    assert.ok(logged.length >= 2);
    for (const name of logged) assert.ok(pages.includes(`\`${name}\``) || pages.includes(`"event":"${name}"`), `the log line ${name} is not described`);
  });

  test('has every variable that the commands read, and no other', () => {
    const used = new Set(below('scripts', '.mjs').flatMap((path) => [...read(path).matchAll(/process\.env\.([A-Z_]+)/g)].map(([, name]) => name)));
    used.delete('PATH');
    const table = rows(section(text, 'The commands\' own environment')).flatMap(([first]) => code(first));
    assert.deepEqual([...table].sort(), [...used].sort());
  });

  test('lists the variables that a command takes from the environment, those of each chain included', () => {
    assert.ok(VARIABLES.length > 200);
    for (const name of ['LLM', 'GROQ_API_KEY', 'API_KEYS', 'TTS_HEDGE', 'EMBED_BREAKER_OPEN_MS', 'BREAKER_LEASE_MS']) assert.ok(VARIABLES.includes(name), name);
    for (const name of ['PORT', 'AI', 'PATH', 'LLM_HEDGE']) assert.ok(!VARIABLES.includes(name), name);
  });

  test('says how large a deploy may be', () => {
    const [, kib] = /GZIP_KIB_MAX = (\d+)/.exec(read('scripts/deploy.mjs'));
    assert.ok(section(text, 'Deploying').includes(`${kib} KiB gzip`));
  });

  test('asks for a namespace to be made exactly where wrangler.toml wants its id', () => {
    for (const [, block] of read('wrangler.toml').matchAll(/\[\[kv_namespaces\]\]\n((?:\w.*\n)*)/g)) {
      const [, name] = /binding = "(\w+)"/.exec(block);
      for (const path of ['README.md', 'docs/operating.md']) assert.equal(read(path).includes(`wrangler kv namespace create ${name}`), /^id\b/m.test(block), `${path}: ${name}`);
    }
  });

  test('names every binding of wrangler.toml', () => {
    const table = section(text, 'Bindings');
    for (const [, name] of read('wrangler.toml').matchAll(/^\s*(?:binding|name)\s*=\s*"([A-Z_]+)"/gm)) assert.ok(table.includes(`\`${name}\``), name);
  });
});

describe('a variable that means nothing', () => {
  test('is told with the name that is most like it', () => {
    for (const [name, nearest] of [['LLM_FRIST_MS', 'LLM_FIRST_MS'], ['BREAKER_TRESHOLD', 'BREAKER_THRESHOLD'], ['TTS_BREAKER_OPEN_MSS', 'TTS_BREAKER_OPEN_MS'], ['AUHT', 'AUTH'], ['API_KEY', 'API_KEYS'], ['BREAKR_OPEN_MS', 'BREAKER_OPEN_MS']])
      assert.deepEqual(unknownVariables([name]), [`${name} is set and means nothing; the nearest variable is ${nearest}`]);
    assert.match(unknownVariables(['OPENAI_KEY'], { all: true })[0], /OPENAI_API_KEY$/);
    assert.equal(unknownVariables(['LLM_HEDGE', 'LLM_NO_SUCH_THING'], { all: true }).length, 2, 'a name that only another chain has, a name of a known family');
  });

  test('is none that is known, and none that is somebody else\'s', () => {
    assert.deepEqual(unknownVariables([...VARIABLES, 'CF_ACCOUNT', 'NODE_ENV', 'RELEASE', ''], { all: true }), []);
    assert.deepEqual(unknownVariables(['MEMORY_PRESSURE_WATCH', 'OPENAI_ORG_ID', 'TERM', 'HOME', 'LANG', 'PATH', 'TMP', 'TZ', 'TTY']), [], 'of a shell only what is nearly a name');
    assert.deepEqual(unknownVariables(varsOf(read('wrangler.toml')), { all: true }), []);
    const toml = read('wrangler.toml');
    assert.deepEqual([0, 60, 61].map((rate) => rateProblem(toml.replace('[vars]', `[vars]\nRATE_PER_MINUTE = ${rate}`)) === undefined), [true, true, false]);
    assert.deepEqual(varsOf('a = 1\n[vars]\nAUTH = "x"\nLLM = ["y"]\n[ai]\nbinding = "AI"\n'), ['AUTH', 'LLM']);
  });

  test('is found by the letters that are wrong, missing, too many or swapped', () => {
    for (const [from, to, distance] of [['', '', 0], ['', 'abc', 3], ['kitten', 'sitting', 3], ['FRIST', 'FIRST', 1], ['same', 'same', 0], ['ab', 'b', 1]]) {
      assert.equal(slips(from, to), distance);
      assert.equal(slips(to, from), distance);
    }
  });
});

// Visitors without a key: over HTTP against a scripted verifier, and in the page, whose frame alone meets Turnstile's script.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readBody, startServer } from '../../local/http.mjs';
import { startHearken, until } from '../harness.mjs';
import { launch, openPage, say } from './browser.mjs';

const KEY = 'key-of-a-server';
const ANN = `visitor_${'0123456789abcdef'.repeat(2)}`;
const BOB = `visitor_${'fedcba9876543210'.repeat(2)}`;

let hearken;
let verifier;
/** What the verifier was asked, and what it says of answers that are known; each is good once. */
const asked = [];
const good = new Set();

before(async () => {
  verifier = await startServer(async (request, response) => {
    const ask = JSON.parse(await readBody(request));
    asked.push({ path: request.url, ...ask });
    if (ask.response === 'DOWN') return void response.writeHead(500).end('<html>');
    if (ask.response === 'BROKEN') return void request.socket.destroy();
    const codes = ask.secret !== 'the-secret' ? ['invalid-input-secret'] : good.delete(ask.response) ? [] : [/^(GOOD|OLD)/.test(ask.response) ? 'timeout-or-duplicate' : 'invalid-input-response'];
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ success: codes.length === 0, 'error-codes': codes }));
  });
  hearken = await startHearken({
    vars: {
      AUTH: 'required', API_KEYS: KEY, SESSION_SECRET: 'a secret', BUDGET_TOKENS: '100000',
      TURNSTILE_SITE_KEY: 'the-site', TURNSTILE_SECRET_KEY: 'the-secret', TURNSTILE_BASE_URL: verifier.url,
    },
    knobs: { chat: { first_ms: 0, gap_ms: 0, script: ['I hear you.'], script_repeat: true } },
  });
});
after(async () => {
  await hearken?.stop();
  await verifier?.close();
});

async function visit(fields, headers = {}) {
  const answer = await fetch(`${hearken.url}/v1/sessions`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(fields) });
  return { status: answer.status, body: await answer.json() };
}
const as = (token, method, path, body) => fetch(hearken.url + path, { method, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, ...(body ? { body: JSON.stringify(body) } : {}) });
const fresh = (name = `GOOD-${good.size}-${asked.length}`) => (good.add(name), name);

test('an answer to a challenge makes a short session of a person of their own, whose budget it is', async () => {
  const before_s = Math.floor(Date.now() / 1000);
  const { status, body } = await visit({ user: ANN, turnstile: fresh('GOOD-1') });
  assert.deepEqual([status, body.user], [200, ANN]);
  assert.ok(body.expires_at >= before_s + 3_590 && body.expires_at <= before_s + 3_610);
  assert.deepEqual(asked.at(-1), { path: '/turnstile/v0/siteverify', secret: 'the-secret', response: 'GOOD-1' });
  assert.equal((await as(body.token, 'POST', '/v1/chat/completions', { messages: [{ role: 'user', content: 'hi' }], user: 'somebody else' })).status, 200);
  const used = () => as(body.token, 'GET', '/v1/usage').then((answer) => answer.json());
  await until('the turn to be counted', async () => (await used()).tokens.used > 0);
  const bob = (await visit({ user: BOB, turnstile: fresh() })).body.token;
  assert.equal((await (await as(bob, 'GET', '/v1/usage')).json()).tokens.used, 0);
  for (const path of ['/admin/stats', '/metrics']) assert.equal((await as(body.token, 'GET', path)).status, 403, path);
  assert.equal((await visit({ user: BOB, turnstile: fresh() }, { authorization: `Bearer ${body.token}` })).status, 403, 'a token makes no tokens');
});

test('an answer that was used, is old or is none is refused with its reason', async () => {
  const once = fresh();
  assert.equal((await visit({ user: ANN, turnstile: once })).status, 200);
  for (const [turnstile, status, code, words] of [
    [once, 403, 'challenge_expired', /used before/], ['OLD', 403, 'challenge_expired', /older than five minutes/], ['made up', 403, 'challenge_failed', /not valid/],
    ['DOWN', 503, null, /try again/], ['BROKEN', 503, null, /try again/],
  ]) {
    const { status: got, body: { error } } = await visit({ user: ANN, turnstile });
    assert.equal(got, status, turnstile);
    assert.match(error.message, words);
    if (code) assert.deepEqual([error.code, error.param], [code, 'turnstile']);
  }
});

test('a visitor takes no name of others and no long session, and without an answer nobody is asked', async () => {
  const before = asked.length;
  for (const [fields, param] of [
    [{ user: 'ann', turnstile: 'x' }, 'user'], [{ turnstile: 'x' }, 'user'], [{ user: `${ANN}0`, turnstile: 'x' }, 'user'],
    [{ user: ANN, turnstile: 'x', ttl_seconds: 86_400 }, 'ttl_seconds'], [{ user: ANN }, 'turnstile'], [{ user: ANN, turnstile: 'x'.repeat(2_049) }, 'turnstile'],
  ]) {
    const { status, body } = await visit(fields);
    assert.deepEqual([status, body.error.param], [400, param], JSON.stringify(fields).slice(0, 80));
  }
  assert.equal(asked.length, before);
  assert.equal((await visit({ user: 'ann' }, { authorization: `Bearer ${KEY}` })).status, 200, 'a server needs no challenge');
  assert.equal((await visit({ user: ANN, turnstile: fresh() }, { authorization: 'Bearer wrong' })).status, 401);
  assert.equal((await fetch(`${hearken.url}/v1/usage`)).status, 401, 'no other door opens without a key');
});

test('the page lets a visitor in, who is the same one the next time; its own policy allows no script of others', async () => {
  const policy = async (path) => (await fetch(hearken.url + path)).headers.get('content-security-policy');
  assert.doesNotMatch(await policy('/'), /cloudflare/);
  assert.match(await policy('/challenge'), /^default-src 'none'; script-src 'self' https:\/\/challenges\.cloudflare\.com;/);
  const browser = await launch();
  try {
    const opened = await openPage(browser, hearken.url, { isOwnRoom: true });
    const { page } = opened;
    let rendered = 0;
    await page.route('https://challenges.cloudflare.com/**', (route) => {
      const answer = fresh();
      rendered += 1;
      route.fulfill({ contentType: 'text/javascript', body: `globalThis.turnstile = { render: (place, options) => { document.querySelector(place).textContent = options.sitekey; setTimeout(() => options.callback(${JSON.stringify(answer)})); } };` });
    });
    const answered = async () => {
      await page.waitForFunction(() => sessionStorage.getItem('hearken/v1/key') && document.querySelector('.companion[data-reply]')?.textContent.includes('I hear you.'));
      return page.evaluate(() => [localStorage.getItem('hearken/v1/visitor'), document.querySelectorAll('dialog[open], iframe').length]);
    };
    await say(page, 'How was the sea?');
    const [visitor, left] = await answered();
    assert.match(visitor, /^visitor_[0-9a-f]{32}$/);
    assert.deepEqual([left, rendered], [0, 1]);
    await page.evaluate(() => sessionStorage.removeItem('hearken/v1/key'));
    await page.reload();
    await page.waitForFunction(() => document.documentElement.dataset.mic);
    await say(page, 'And now?');
    assert.deepEqual(await answered(), [visitor, 0]);
    assert.equal(rendered, 2);
    const complaints = await opened.done();
    assert.deepEqual(complaints.filter((text) => !/status of 401/.test(text)), []);
  } finally {
    await browser.close();
  }
});

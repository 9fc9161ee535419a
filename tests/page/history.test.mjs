import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHistory, MESSAGES_MAX } from '../../static/history.js';

const person = (content) => ({ role: 'user', content });
const companion = (content, isTaken = false) => ({ role: 'assistant', content, isTaken });
const contents = ({ messages }) => messages.map(({ content }) => content);
const recording = { data: 'AAAA', format: 'webm' };

/** A history, kept by the server with what it has of it where `earlier` is given. */
function historyOf(earlier) {
  const settings = { conversation: null };
  const history = createHistory({ settings });
  if (earlier) history.keep(earlier);
  return { history, settings };
}

test('without a server that keeps it, all of it goes out, and no more than so many messages', () => {
  const { history } = historyOf();
  history.add(person('one'));
  history.add(companion('two'));
  history.outgoing().taken();
  history.add(person('three'));
  assert.deepEqual(history.outgoing().messages, [person('one'), { role: 'assistant', content: 'two' }, person('three')]);
  assert.equal(history.outgoing().conversation, null);
  for (let at = 0; at < MESSAGES_MAX; at += 1) history.add(person(String(at)));
  assert.equal(history.outgoing().messages.length, MESSAGES_MAX);
});

test('where the server keeps it, only what it has not taken goes out, and always the newest', () => {
  const { history, settings } = historyOf([]);
  assert.equal(settings.conversation, null, 'nothing was said yet: there is nothing to take up after a reload');
  history.add(person('lost on the way'));
  assert.deepEqual(contents(history.outgoing()), ['lost on the way']);
  history.add(person('one'));
  const outgoing = history.outgoing();
  assert.match(outgoing.conversation, /^page-/);
  assert.equal(settings.conversation, outgoing.conversation);
  assert.deepEqual(contents(outgoing), ['lost on the way', 'one']);
  outgoing.taken();
  assert.deepEqual(contents(history.outgoing()), ['one'], 'a retry says it again');
  history.add(companion('two', true));
  history.add(person('three'));
  assert.deepEqual(contents(history.outgoing()), ['three']);
});

test('a conversation that is taken up again goes on where it was', () => {
  const { history, settings } = historyOf();
  settings.conversation = 'page-1';
  history.keep([person('one'), companion('two')]);
  assert.equal(settings.conversation, 'page-1');
  history.add(person('three'));
  assert.deepEqual(contents(history.outgoing()), ['three']);
});

test('what was said before the server kept anything is told to it', () => {
  const { history } = historyOf();
  history.add(person('one'));
  history.add(companion('two'));
  history.keep([]);
  history.add(person('three'));
  assert.deepEqual(contents(history.outgoing()), ['one', 'two', 'three']);
});

test('a recording goes out as the newest message alone; then its words do', () => {
  const { history } = historyOf();
  const spoken = history.add({ role: 'user', recording });
  assert.deepEqual(contents(history.outgoing()), [[{ type: 'input_audio', input_audio: recording }]]);
  const typed = history.add(person('typed'));
  assert.deepEqual(contents(history.outgoing()), ['typed']);
  history.remove(typed);
  spoken.content = 'spoken';
  history.add(person('more'));
  assert.deepEqual(contents(history.outgoing()), ['spoken', 'more']);
  history.remove(spoken);
  history.remove(spoken);
  assert.deepEqual(contents(history.outgoing()), ['more']);
});

test('a reply that is still empty is no message, and does not hide the recording before it', () => {
  const { history } = historyOf();
  history.add(person('one'));
  const outgoing = history.outgoing();
  history.add(companion(''));
  assert.deepEqual(contents(history.outgoing()), ['one']);
  assert.deepEqual(contents(outgoing), ['one']);
});

test('the next request tells the server what was heard of a reply that was stopped, once', () => {
  const { history } = historyOf([]);
  history.add(person('one'));
  history.outgoing().taken();
  const reply = history.add(companion('The sea is calm. And the wind', true));
  assert.equal(history.outgoing().heard, undefined);
  history.cut(reply, 'The sea is calm.');
  history.add(person('two'));
  assert.deepEqual(history.outgoing().heard, { text: 'The sea is calm.' });
  const outgoing = history.outgoing();
  assert.deepEqual(outgoing.heard, { text: 'The sea is calm.' }, 'until it has answered');
  outgoing.taken();
  assert.equal(history.outgoing().heard, undefined);
  const unheard = history.add(companion('Gulls', true));
  history.cut(unheard, '');
  history.add(person('three'));
  assert.deepEqual(history.outgoing().heard, { text: '' });
});

test('without a server that keeps it, what was heard goes out as the message itself', () => {
  const { history } = historyOf();
  history.add(person('one'));
  history.cut(history.add(companion('The sea is calm. And')), 'The sea is calm.');
  history.add(person('two'));
  const { messages, heard } = history.outgoing();
  assert.equal(heard, undefined);
  assert.equal(messages[1].content, 'The sea is calm.');
});

test('a session that begins gets what the server lacks, and a reload goes on once it has something', () => {
  const settings = {};
  const history = createHistory({ settings });
  history.add({ role: 'user', content: 'One.' });
  history.add({ role: 'assistant', content: '' });
  assert.deepEqual(history.lacking().map(({ content }) => content), ['One.']);
  history.taken();
  assert.deepEqual([history.lacking().length, settings.conversation], [1, undefined], 'nobody keeps it');
  history.keep([{ role: 'user', content: 'Earlier.' }], 'c1');
  assert.deepEqual([history.conversation, history.lacking().map(({ content }) => content)], ['c1', ['One.']]);
  history.taken();
  assert.deepEqual([history.lacking(), settings.conversation], [[], 'c1']);
});

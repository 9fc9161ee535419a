// Reads a server-sent event stream from bytes that may be cut anywhere.
//
// Owns: lines (LF, CR, CRLF, also split between chunks), comments, BOM, split UTF-8 and multi-line data.
// Invariant: any cut of the same bytes gives the same events.
// Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
// Leaves out: reconnection, `id` and `retry` (a reply is never resumed), and what the data means (see api.js).
// One liberty: `end()` hands over an event whose closing blank line never came, so that a server which
// forgets the blank line after `[DONE]` is still understood.

/** The longest event we hold, in UTF-16 units. A chunk of speech in base64 stays far below it. */
export const EVENT_LENGTH_MAX = 4 * 1024 * 1024;

/** Thrown by `push` when an event outgrows EVENT_LENGTH_MAX. */
export class EventTooLong extends Error {
  constructor() {
    super(`an event is longer than ${EVENT_LENGTH_MAX} characters`);
    this.name = 'EventTooLong';
  }
}

/**
 * A fed parser: `push(bytes)` and `end()` each return the events that became complete,
 * as `{event, data}` where `event` is "message" unless the stream names one.
 */
export function createSseParser() {
  const decoder = new TextDecoder();
  let line = '';
  let skipLineFeed = false;
  let name = '';
  let data = null;

  function push(bytes) {
    return read(decoder.decode(bytes, { stream: true }));
  }

  function end() {
    const events = read(decoder.decode());
    if (line !== '') takeLine(line, events);
    line = '';
    takeLine('', events);
    return events;
  }

  function read(text) {
    const events = [];
    let start = 0;
    if (skipLineFeed && text !== '') {
      skipLineFeed = false;
      if (text[0] === '\n') start = 1;
    }
    for (let at = start; at < text.length; at += 1) {
      const mark = text[at];
      if (mark !== '\n' && mark !== '\r') continue;
      takeLine(line + text.slice(start, at), events);
      line = '';
      if (mark === '\r') {
        if (at + 1 === text.length) skipLineFeed = true;
        else if (text[at + 1] === '\n') at += 1;
      }
      start = at + 1;
    }
    line += text.slice(start);
    if (line.length + (data ?? '').length > EVENT_LENGTH_MAX) throw new EventTooLong();
    return events;
  }

  function takeLine(text, events) {
    if (text === '') {
      if (data !== null) events.push({ event: name || 'message', data });
      name = '';
      data = null;
      return;
    }
    const colon = text.indexOf(':');
    if (colon === 0) return;
    const field = colon === -1 ? text : text.slice(0, colon);
    let value = colon === -1 ? '' : text.slice(colon + 1);
    if (value.startsWith(' ')) value = value.slice(1);
    if (field === 'data') data = data === null ? value : `${data}\n${value}`;
    else if (field === 'event') name = value;
  }

  return { push, end };
}

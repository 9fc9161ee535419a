// Event streams: frames in, bytes out, at an absolute pace, with every way a stream can be odd or die.
//
// A frame is `{data, event?, content?}`: `data` is the text after `data: `, `content` marks what `after` counts.

import { batchOf } from './exchange.mjs';

/** Content events sent before a mid-stream fault, unless `after` says otherwise. */
const AFTER_EVENTS = 3;
/** Faults that happen once, after `after` content events. */
const MID_STREAM = ['cut', 'drop', 'reset', 'stall', 'malformed', 'error_event', 'event_error', 'x_groq_error'];

export const STREAM_ERROR = { error: { message: 'Internal Server Error', type: 'internal_server_error', code: 'internal_error' } };

/** The bytes of one event, dressed as the faults ask. */
function frameText({ data, event }, ex) {
  const newline = ex.has('crlf') ? '\r\n' : ex.has('cr') ? '\r' : '\n';
  const lines = [];
  if (ex.has('comments')) lines.push(': keep-alive');
  if (event) lines.push(`event: ${event}`);
  for (const line of ex.has('multi_line_data') ? spread(data) : [data]) lines.push(`data: ${line}`);
  const comment = ex.has('comments') ? `: between events${newline}${newline}` : '';
  return lines.map((line) => line + newline).join('') + newline + comment;
}

/** JSON over several lines that mean the same once joined by newlines. */
function spread(data) {
  return data.startsWith('{') ? JSON.stringify(JSON.parse(data), null, 1).split('\n') : [data];
}

/**
 * Sends `frames` as an event stream: headers, then the first content `first_ms` after the request, then one content
 * event every `gap_ms`. `errorChunk` is the data of a chunk that carries the dialect's own error.
 */
export async function sendEvents(ex, frames, { headers = {}, errorChunk } = {}) {
  const { first_ms = 0, gap_ms = 0, after = AFTER_EVENTS } = ex.knobs;
  await ex.head(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache', ...headers });
  const start_ms = ex.started_ms + first_ms;
  const apart = gap_ms > 0 || ex.knobs.each_write === true;
  const fault = ex.faultAmong(MID_STREAM);
  let first = true;
  const put = async (frame) => {
    let text = frameText(frame, ex);
    if (first && ex.has('bom')) text = `\uFEFF${text}`;
    first = false;
    if (ex.has('split_utf8')) await putBytewise(ex, text);
    else if (apart) await ex.writeApart(text, 1);
    else {
      const full = ex.write(text, 1);
      if (full) await full;
    }
  };

  if (ex.has('error_first') || ex.has('role_then_error')) {
    ex.markFault(ex.has('error_first') ? 'error_first' : 'role_then_error');
    await ex.until(start_ms);
    if (!ex.has('error_first')) await put(frames[0]);
    await put({ data: JSON.stringify(STREAM_ERROR) });
    ex.end();
    return;
  }

  if (!apart && !fault && first_ms === 0 && ex.knobs.faults.size === 0) return sendAtOnce(ex, frames);

  let contents = 0;
  let struck = false;
  const strike = async () => {
    struck = true;
    if (fault === 'malformed') {
      ex.markFault(fault);
      await put({ data: '{"choices":[{"delta":{"content":"brok' });
      return false;
    }
    await breakOff(ex, fault, put, errorChunk);
    return true;
  };
  for (const frame of frames) {
    if (first_ms > 0 || gap_ms > 0) await ex.until(start_ms + contents * gap_ms);
    // Also at the end of a reply that is shorter than `after`: a fault that was asked for always happens.
    const due = frame.content ? contents === after : frame.last;
    if (fault && !struck && due && (await strike())) return;
    if (frame.last && ex.has('no_done') && frame.data === '[DONE]') {
      ex.markFault('no_done');
      break;
    }
    await put(frame);
    if (frame.content) contents += 1;
  }
  ex.end();
}

/** Bytes framed at once on the fast path. */
const BATCH_CHARS = 32_768;

/** The fast path of benchmarks: every event is still a chunk of its own, as fast as the reader takes them. */
async function sendAtOnce(ex, frames) {
  let batch = [];
  let chars = 0;
  for (const { data } of frames) {
    batch.push(`data: ${data}\n\n`);
    chars += data.length;
    if (chars < BATCH_CHARS) continue;
    const full = ex.writeBatch(batchOf(batch));
    if (full) await full;
    batch = [];
    chars = 0;
  }
  if (batch.length > 0) {
    const full = ex.writeBatch(batchOf(batch));
    if (full) await full;
  }
  ex.end();
}

/** Ends the stream the way `fault` does; error events are followed by a clean end without `[DONE]`. */
async function breakOff(ex, fault, put, errorChunk) {
  if (fault === 'stall') await ex.stall();
  else if (fault === 'reset') await ex.reset();
  else if (fault === 'drop') await ex.drop();
  else if (fault === 'cut') ex.cut();
  else {
    ex.markFault(fault);
    if (fault === 'x_groq_error' && errorChunk) await put({ data: errorChunk });
    else await put({ data: JSON.stringify(STREAM_ERROR), event: fault === 'event_error' ? 'error' : undefined });
    ex.end();
  }
}

/** Every byte in a TCP segment of its own; the event counts when its last byte has left. */
async function putBytewise(ex, text) {
  const bytes = Buffer.from(text);
  for (let index = 0; index < bytes.length; index += 1) {
    await ex.writeApart(bytes.subarray(index, index + 1), index === bytes.length - 1 ? 1 : 0);
  }
}

const framed = new WeakMap();

/** Sends scripted events; unpaced and without a fault their framing is done once for all requests. */
export async function sendScripted(ex, events, headers) {
  const { first_ms = 0, gap_ms = 0, each_write, faults } = ex.knobs;
  if (gap_ms > 0 || each_write || faults.size > 0) return sendRaw(ex, events, headers);
  if (!framed.has(events)) framed.set(events, batchOf(events));
  await ex.head(200, headers);
  await ex.since(first_ms);
  const full = ex.writeBatch(framed.get(events));
  if (full) await full;
  return ex.end();
}

/** Sends exact pieces in exact writes, paced by `first_ms` and `gap_ms`, then ends or faults. */
export async function sendRaw(ex, pieces, headers) {
  const { first_ms = 0, gap_ms = 0, after } = ex.knobs;
  const fault = ex.faultAmong(['cut', 'drop', 'reset', 'stall']);
  const last = fault ? Math.min(after ?? pieces.length, pieces.length) : pieces.length;
  await ex.head(200, headers);
  const start_ms = ex.started_ms + first_ms;
  for (let index = 0; index < last; index += 1) {
    if (first_ms > 0 || gap_ms > 0) await ex.until(start_ms + index * gap_ms);
    await ex.writeApart(pieces[index], 1);
  }
  if (fault) return breakOff(ex, fault);
  ex.end();
  return undefined;
}

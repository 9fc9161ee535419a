// A recogniser over a WebSocket as Deepgram's Nova and Flux and OpenAI's transcription sessions are, which hears what it was
// given, a word for each `word_ms` of sound, and the rest when all is wanted.

import { once } from 'node:events';
import { WebSocketServer } from 'ws';

export async function recogniser({ text, word_ms = 200, last_ms = 40, cut_after_ms = Infinity }) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  await once(server, 'listening');
  const sockets = [];
  server.on('connection', (socket, request) => {
    const isOpenAi = request.url.includes('intent=transcription');
    const isFlux = request.url.includes('flux');
    const all = text.split(' ');
    const state = { url: request.url, headers: request.headers, socket, heard_ms: 0, session: undefined, settled: 0, closed: once(socket, 'close') };
    sockets.push(state);
    const say = (message) => socket.readyState === 1 && socket.send(JSON.stringify(message));
    let told = 0;
    const results = (words, is_final, from_finalize = false) => say({ type: 'Results', is_final, speech_final: false, from_finalize, channel: { alternatives: [{ transcript: words.join(' ') }] } });
    const turn = (event, words) => say({ type: 'TurnInfo', event, turn_index: 0, transcript: words.join(' '), words: [], end_of_turn_confidence: 0.5 });
    if (isFlux) say({ type: 'Connected' });
    const transcription = (kind, more) => say({ type: `conversation.item.input_audio_transcription.${kind}`, item_id: 'i', content_index: 0, ...more });
    const hear = (bytes) => {
      state.heard_ms += bytes / 48;
      if (state.heard_ms > cut_after_ms) return socket.terminate();
      const known = Math.min(all.length, Math.floor(state.heard_ms / word_ms));
      while (told < known) {
        told += 1;
        if (isOpenAi) transcription('delta', { delta: `${told > 1 ? ' ' : ''}${all[told - 1]}` });
        else if (isFlux) turn(told === 1 ? 'StartOfTurn' : 'Update', all.slice(state.settled, told));
        else results(all.slice(state.settled, told), false);
      }
    };
    const settle = () => setTimeout(() => {
      const rest = all.slice(state.settled);
      [state.settled, told] = [all.length, all.length];
      if (isOpenAi) transcription('completed', { transcript: rest.join(' ') });
      else if (isFlux) turn('EndOfTurn', rest);
      else results(rest, true, true);
    }, last_ms);
    socket.on('message', (data, isBinary) => {
      if (isBinary) return hear(data.length);
      const message = JSON.parse(data);
      if (message.type === 'session.update') state.session = message.session;
      if (message.type === 'input_audio_buffer.append') hear(message.audio.length * 0.75);
      if (['Finalize', 'ForceEndTurn', 'input_audio_buffer.commit'].includes(message.type)) settle();
      if (message.type === 'CloseStream') state.saidFarewell = true;
    });
  });
  return { url: `http://127.0.0.1:${server.address().port}`, sockets, stop: () => new Promise((resolve) => { for (const client of server.clients) client.terminate(); server.close(resolve); }) };
}

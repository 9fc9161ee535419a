// Cloudflare's voice SDK over the bench's provider. Its SDK leaves the end of a turn to the transcriber's model; ours waits for
// 500 ms of silence, as OpenAI's server_vad does by default, and asks for the words then. Bundled by voice.mjs.

import { Agent, routeAgentRequest } from 'agents';
import { withVoice } from 'agents/voice';

const RATE_HZ = 16_000;
const SILENCE_MS = 500;
/** -40 dBFS. */
const VOICED_RMS = 328;

const post = (env, path, body, signal) => fetch(`${env.UPSTREAM}/v1${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), signal });

class Session {
  constructor(env, { onUtterance, onSpeechStart }) {
    Object.assign(this, { env, onUtterance, onSpeechStart, silent: 0, is_speaking: false });
  }

  feed(chunk) {
    const samples = new Int16Array(chunk);
    const rms = Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);
    if (rms > VOICED_RMS) {
      if (!this.is_speaking) this.onSpeechStart?.();
      this.is_speaking = true;
      this.silent = 0;
    } else if (this.is_speaking) {
      this.silent += samples.length;
      if (this.silent < (RATE_HZ * SILENCE_MS) / 1_000) return;
      this.is_speaking = false;
      this.silent = 0;
      void this.end();
    }
  }

  async end() {
    const answer = await post(this.env, '/audio/transcriptions', {});
    this.onUtterance((await answer.json()).text);
  }

  close() {}
}

export class VoiceBench extends withVoice(Agent, { audioFormat: 'pcm16', sampleRate: 24_000 }) {
  transcriber = { createSession: (options) => new Session(this.env, options) };

  tts = {
    synthesize: async (input, signal) => (await post(this.env, '/audio/speech', { input, response_format: 'pcm' }, signal)).arrayBuffer(),
    async *synthesizeStream(input, signal) {
      const answer = await post(this.env, '/audio/speech', { input, response_format: 'pcm' }, signal);
      for await (const bytes of answer.body) yield bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    },
    env: this.env,
  };

  async *reply(content, signal) {
    const answer = await post(this.env, '/chat/completions', { model: 'bench', stream: true, messages: [{ role: 'user', content }] }, signal);
    let held = '';
    for await (const text of answer.body.pipeThrough(new TextDecoderStream())) {
      const events = (held + text).split('\n\n');
      held = events.pop();
      for (const event of events) if (event !== 'data: [DONE]') yield JSON.parse(event.slice(6)).choices[0].delta.content ?? '';
    }
  }

  async onTurn(transcript, { signal }) {
    return this.reply(transcript, signal);
  }
}

export default {
  fetch: async (request, env) => (await routeAgentRequest(request, env)) ?? new Response('no such agent', { status: 404 }),
};

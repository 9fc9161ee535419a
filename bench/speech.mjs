// The speech path against a plain pass-through of the same provider's bytes: what remuxing adds to the first byte.

import { askOnce, post } from './client.mjs';
import { addedFirstByte } from './text.mjs';

const speechRequest = (url) =>
  post(url, '/v1/audio/speech', { model: 'companion', voice: 'bench', input: 'Good evening. How was your day?', response_format: 'opus' });

const isSound = (answer) => answer.status === 200 && answer.body_bytes > 1000;

export async function speech(contenders, { pairs = 300 } = {}) {
  const name = 'speech: added to the first byte, p50';
  const url = contenders.urls.hearken;
  const probe = await askOnce(url, speechRequest(url));
  if (probe.status === 501) return [{ name, unit: 'ms', target: { below: 2 }, not_measured: 'this build does not speak' }];
  if (!isSound(probe)) throw new Error(`speech failed: ${probe.status} ${probe.body().toString('utf8', 0, 300)}`);
  const { p50, p99, detail } = await addedFirstByte(contenders, speechRequest, isSound, pairs);
  return [
    { name, unit: 'ms', measured: p50, target: { below: 2 }, detail },
    { name: 'speech: added to the first byte, p99', unit: 'ms', measured: p99, target: { below: 5 }, detail },
  ];
}

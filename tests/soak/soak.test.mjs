// A short run of what `npm run soak` does for half an hour.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { soakSessions } from './sessions.mjs';
import { soak } from './soak.mjs';

test('under mixed load, with faults and kills, nothing acknowledged is lost, nothing is there twice, nothing is stuck, and memory is flat', async () => {
  const figures = await soak({ turns: 60, kills: 2, seed: 7 });
  console.log(JSON.stringify(figures));
  assert.ok(figures.kills === 2 && figures.acknowledged > 80, JSON.stringify(figures));
});

test('realtime sessions end every response, keep what was said, once, and are remembered when they are killed in the middle', async () => {
  const figures = await soakSessions({ seconds: 1, sessions: 5, pause_ms: 1, seed: 3 });
  console.log(JSON.stringify(figures));
  assert.ok(figures.turns >= 5, JSON.stringify(figures));
});

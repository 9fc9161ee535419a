// `npm run soak`: half an hour of mixed load on the built Worker, in its second half with kills. `-- SECONDS [SEED]` runs it for
// longer or shorter, and again as it was; `-- SECONDS SEED sessions` runs 50 realtime sessions instead.

import { say, setUp } from './setup.mjs';
import { build } from './build.mjs';

const isSessions = process.argv[4] === 'sessions';
const [seconds = 1_800, seed = Math.floor(Math.random() * 1e6)] = process.argv.slice(2, 4).map(Number);
setUp({ tests: true });
await build();
const { soak } = await import('../tests/soak/soak.mjs');
const { soakSessions } = await import('../tests/soak/sessions.mjs');
say(`soaking for ${seconds} s with the seed ${seed}`);
console.log(JSON.stringify(await (isSessions ? soakSessions : soak)({ seconds, seed, tell: say }), null, 2));

// `npm run soak`: half an hour of mixed load on the built Worker, in its second half with kills. `-- SECONDS [SEED]` runs it for
// longer or shorter, and again as it was.

import { say, setUp } from './setup.mjs';
import { build } from './build.mjs';

const [seconds = 1_800, seed = Math.floor(Math.random() * 1e6)] = process.argv.slice(2).map(Number);
setUp({ tests: true });
await build();
const { soak } = await import('../tests/soak/soak.mjs');
say(`soaking for ${seconds} s with the seed ${seed}`);
console.log(JSON.stringify(await soak({ seconds, seed, tell: say }), null, 2));

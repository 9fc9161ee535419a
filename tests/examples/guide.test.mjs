// The guide is followed as it stands: each block of `sh` in docs/guide is run, page by page, against hearken as `npm start`
// serves it. What needs an account, a key or a second terminal is in blocks without a language.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ROOT } from '../../scripts/setup.mjs';
import { startHearken } from '../harness.mjs';
import { ran, scratch } from './support.mjs';

const FOLDER = join(ROOT, 'docs', 'guide');
const blocks = (page) => [...page.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].map(([, language, text]) => ({ language, text }));

let hearken;
before(async () => {
  hearken = await startHearken({ vars: { MODEL_ALIASES: '*=companion', PERSONAS_ALLOWED: 'guide' } });
});
after(() => hearken?.stop());

for (const name of readdirSync(FOLDER)) {
  const page = readFileSync(join(FOLDER, name), 'utf8');
  describe(name, () => {
    const { path, remove } = scratch();
    after(remove);
    for (const { text } of blocks(page).filter(({ language }) => language === 'sh')) {
      test(text.split('\n')[0], async () => {
        // A door that refuses must fail the block: curl says so where the page need not.
        const script = text.replaceAll('http://127.0.0.1:8787', hearken.url).replaceAll(/\bcurl /g, 'curl --fail-with-body ');
        const isOfTheProject = /\bnpm\b/.test(script);
        const output = await ran('bash', ['-euo', 'pipefail', '-c', script], { cwd: isOfTheProject ? ROOT : path, timeout_ms: 120_000 });
        if (!/ > \S+\s*$/.test(script)) assert.notEqual(output.trim(), '', 'it shows something');
      });
    }
    test('names no command of npm that there is not', () => {
      const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
      const named = blocks(page).flatMap(({ text }) => [...text.matchAll(/\bnpm (?:run )?([a-z]+)/g)].map(([, command]) => command));
      for (const command of named) assert.ok(scripts[command], command);
    });
  });
}

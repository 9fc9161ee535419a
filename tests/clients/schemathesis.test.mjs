// Schemathesis asks every operation of `static/openapi.json` what the document allows and what it does not: no answer that
// is not documented, nothing taken that the schema refuses, no failure of the server's own, nothing without credentials.

import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../../scripts/setup.mjs';
import { KeptEngine } from '../engine.mjs';
import { examplesPython, ran, scratch } from '../examples/support.mjs';
import { startHearken } from '../harness.mjs';

const python = examplesPython();
/** What 4,096 characters take on a busy machine is no failure. */
const PATIENT = { TTS_HEADERS_MS: '60000', TTS_FIRST_MS: '60000', TTS_IDLE_MS: '60000' };

/** Says how a text begins: to speak 4,096 characters again and again took longer than all the rest. */
class Brief extends KeptEngine {
  speak({ text, ...job }) {
    return super.speak({ ...job, text: text.slice(0, 40) });
  }
}

test('the document says what the doors do', { skip: python ? false : 'its packages could not be installed' }, async () => {
  const hearken = await startHearken({ vars: { AUTH: 'required', API_KEYS: 'key', SESSION_SECRET: 's', ...PATIENT }, engine: new Brief() });
  const folder = scratch();
  try {
    const config = join(import.meta.dirname, 'schemathesis.toml');
    const headers = ['Authorization: Bearer key', 'x-user: ann'].flatMap((header) => ['-H', header]);
    await ran(join(dirname(python), 'schemathesis'), [
      '--config-file', config, 'run', join(ROOT, 'static', 'openapi.json'), '--url', hearken.url, ...headers,
      '--phases', 'examples,coverage', '--generation-deterministic', '--continue-on-failure', '--no-color', '--warnings', 'off',
    ], { cwd: folder.path, timeout_ms: 600_000 });
  } finally {
    folder.remove();
    await hearken.stop();
  }
});

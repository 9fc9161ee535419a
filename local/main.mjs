#!/usr/bin/env node
// `node local/main.mjs [--port N]`: the local providers until SIGINT or SIGTERM.

import { parseArgs } from 'node:util';
import { KnobError, settingsFromEnvironment } from './knobs.mjs';
import { startLocalProviders } from './server.mjs';

const { values } = parseArgs({ options: { port: { type: 'string' } } });
const port = Number(values.port ?? process.env.PORT ?? 0);
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  process.stderr.write(`--port must be 0 to 65535, not ${values.port ?? process.env.PORT}\n`);
  process.exit(2);
}

let providers;
try {
  providers = await startLocalProviders({ port, settings: settingsFromEnvironment(process.env) });
} catch (error) {
  const known = error instanceof KnobError || error.code === 'EADDRINUSE';
  process.stderr.write(`local providers cannot start: ${known ? error.message : error.stack}\n`);
  process.exit(1);
}
process.stdout.write(`local providers on ${providers.url}\n`);
providers.warm().catch(() => {}); // stopped while it warmed, or the first request will tell

let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    providers.close().then(() => process.exit(0), () => process.exit(1));
  });
}

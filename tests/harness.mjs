// The one place where tests start things: the built Worker in workerd, and the local providers behind it, on free
// ports. Nothing sleeps; whoever waits, waits for a condition.

import { startLocalProviders } from '../local/server.mjs';
import { localVars, startWorker } from '../scripts/worker.mjs';

/** Quick providers: no human pace, so that a test takes as long as its work. */
const QUICK = { chat: { first_ms: 0, gap_ms: 0 }, speech: { first_ms: 0 } };

/**
 * Starts hearken with its providers. `vars` are Worker variables (a function of the providers' url is fine, too),
 * `knobs` the providers' settings. Answers `{url, providers, miniflare, logs, stop}`.
 */
export async function startHearken({ vars = {}, knobs = QUICK, persist, python } = {}) {
  const providers = await startLocalProviders({ port: 0, settings: knobs, ...(python ? { python } : {}) });
  const logs = [];
  try {
    const own = typeof vars === 'function' ? vars(providers.url) : vars;
    const worker = await startWorker({
      vars: { ...localVars(providers.url), ...own },
      aiUrl: providers.url,
      persist,
      log: (text) => logs.push(...text.split('\n').filter(Boolean)),
    });
    return {
      url: worker.url,
      providers,
      miniflare: worker.miniflare,
      logs,
      async stop() {
        await worker.stop();
        await providers.close();
      },
    };
  } catch (error) {
    await providers.close();
    throw error;
  }
}

/** Resolves when `condition` gives something truthy; rejects after `timeout_ms` with what was waited for. */
export async function until(what, condition, timeout_ms = 10_000) {
  const end = Date.now() + timeout_ms;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`timed out waiting for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

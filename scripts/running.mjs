// What the commands that serve have in common: their port, the variables that are given to the Worker, and how they end.

import { once } from 'node:events';
import { createServer } from 'node:net';
import { say } from './setup.mjs';
import { VARIABLES, unknownVariables } from './variables.mjs';

/** Where to serve: `PORT`, 8787 without it, any that is free for 0. Whether it is free is asked before anything is built. */
export async function port(host = '127.0.0.1') {
  const wanted = Number(process.env.PORT ?? 8787);
  if (!Number.isInteger(wanted) || wanted < 0 || wanted > 65535) throw new Error(`PORT must be a whole number from 0 to 65535; it is "${process.env.PORT}"`);
  const probe = createServer().listen(wanted, host);
  await once(probe, 'listening').catch(({ code, message }) => {
    throw new Error(`${code === 'EADDRINUSE' ? `port ${wanted} is in use` : message}: name another one in PORT`);
  });
  probe.close();
  return wanted;
}

/** Every [vars] value and secret can be overridden by an environment variable of the same name. */
export function ownVariables() {
  unknownVariables(Object.keys(process.env)).forEach(say);
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => VARIABLES.includes(name)));
}

/** Ends what is in `started`, the last first, on a signal or when the parent is gone; then the process. */
export function untilStopped(started) {
  let stopping;
  const stop = () => (stopping ??= (async () => {
    for (const part of started.reverse()) await part().catch(() => {});
  })());
  const end = () => {
    setTimeout(() => process.exit(1), 5_000).unref();
    void stop().then(() => process.exit(0));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end);
  // A signal to npm ends npm's shell but may not reach this process: when its parent is gone, so is its purpose.
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || end(), 250).unref();
}

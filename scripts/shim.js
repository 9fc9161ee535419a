// The Worker's entry: hands the platform's events to the wasm. What wasm-bindgen writes (`hearken:bindings`) notices
// when an instance trapped, and makes a new one at the next call into it; what is left to do here is to give the
// Durable Objects that lived in the old instance a new life, too. They keep nothing that their storage does not.

import * as wasm from 'hearken:bindings';

/** The number of the instance that serves; asking for it replaces one that trapped. */
const instance = () => wasm.__worker_init_state().instanceId;

const EVENTS = ['fetch', 'alarm', 'webSocketMessage', 'webSocketClose', 'webSocketError'];

function durableObject(Inner) {
  class Outer {
    constructor(state, env) {
      Object.assign(this, { state, env });
    }
    inner() {
      const now = instance();
      if (this.lives_in !== now) {
        this.object = new Inner(this.state, this.env);
        this.lives_in = now;
      }
      return this.object;
    }
  }
  for (const name of EVENTS.filter((name) => name in Inner.prototype))
    Outer.prototype[name] = function (...event) {
      return this.inner()[name](...event);
    };
  return Outer;
}

export const Breaker = durableObject(wasm.Breaker);
export const Person = durableObject(wasm.Person);
export const Phrasebook = durableObject(wasm.Phrasebook);
export const Telemetry = durableObject(wasm.Telemetry);
export const Session = durableObject(wasm.Session);

export default {
  fetch: (request, env, context) => wasm.fetch(request, env, context),
  scheduled: (event, env, context) => wasm.scheduled(event, env, context),
};

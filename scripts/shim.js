// The Worker's entry: hands the platform's events to the wasm. What wasm-bindgen writes (`hearken:bindings`) notices
// when an instance trapped, and makes a new one at the next call into it; what is left to do here is to give the
// Durable Objects that lived in the old instance a new life, too. They keep nothing that their storage does not.

import { DurableObject } from 'cloudflare:workers';
import * as wasm from 'hearken:bindings';
import { carried, received } from '../src/platform/env.js';

/** The number of the instance that serves; asking for it replaces one that trapped. */
const instance = () => wasm.__worker_init_state().instanceId;

const EVENTS = ['fetch', 'alarm', 'webSocketMessage', 'webSocketClose', 'webSocketError'];

function durableObject(Inner) {
  class Outer extends DurableObject {
    #object;
    #livesIn;
    // Private, for whatever else has a name can be called from outside.
    #inner() {
      const now = instance();
      if (this.#livesIn !== now) {
        this.#object = new Inner(this.ctx, this.env);
        this.#livesIn = now;
      }
      return this.#object;
    }
    async tell(text) {
      return carried(await this.#inner().tell(await received(text)));
    }
    static {
      for (const name of EVENTS.filter((name) => name in Inner.prototype))
        Outer.prototype[name] = function (...event) {
          return this.#inner()[name](...event);
        };
    }
  }
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

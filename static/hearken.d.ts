/** Streaming voice in anybody's page. See docs/guide/embedding.md. */

/** Everything that can go wrong, as one of a closed set of kinds. */
export class Failure extends Error {
  readonly kind: string;
  /** Seconds after which the server may be asked again, where it says so. */
  readonly retryAfterS: number | null;
  readonly detail: string;
  readonly requestId: string;
}

/** Plain words for a failure, and what to offer. */
export function describe(failure: Failure): { text: string; offer: 'retry' | 'key' | 'sound' | 'none'; waitS: number };

/** Whether this page may record at all. */
export function canRecord(): boolean;

export interface Options {
  /** Where hearken is; by default where this module came from. */
  url?: string;
  /** A session's token (`POST /v1/sessions`), or a function of it. Never an API key in a page of yours. */
  key?: string | null | (() => string | null);
  /** An id under which the server keeps the conversation; without it the page does. */
  conversation?: string;
  /** Who answers, where the server allows it (`personas` of `GET /health`). */
  persona?: string;
  /** Whether replies are said aloud; true by default. */
  voice?: boolean | (() => boolean);
  /** The element that plays. */
  audio?: HTMLAudioElement;
  /** Something else took the sound (a call, another app); it goes on at the next touch. */
  onAway?(): void;
  onBack?(): void;
}

export interface Events {
  /** The next piece of the reply's text, as it arrives. */
  onText?(piece: string): void;
  /** The words of a recording, before the reply. */
  onHeard?(words: string): void;
  /** A phrase begins to be heard; the text is said up to `to` once it is over. */
  onSpoken?(phrase: string, to: number): void;
  /** Sound begins. */
  onSound?(): void;
  /** The browser wants a click before it lets the page speak: call `output.resume()` in one. */
  onBlocked?(): void;
}

export interface Reply {
  /** All of the text; rejects with a `Failure`. What was said until a `stop()` counts as all. */
  readonly text: Promise<string>;
  /** Settles once all is heard. */
  readonly done: Promise<void>;
  stop(): void;
}

/** A recording as `input_audio` takes it. */
export interface Recording {
  /** Base64. */
  readonly data: string;
  readonly format: 'webm' | 'm4a' | 'ogg';
}

export interface Companion {
  /** Sends words; the reply comes as text and sound. What was under way is stopped. */
  say(text: string, events?: Events): Reply;
  /** The same for something spoken. */
  hear(recording: Recording, events?: Events): Reply;
  /** Stops what is under way; the next request tells how much of it was heard. */
  stop(): void;
  /** Opens the microphone. */
  record(options?: { onLevel?(level: number): void; onLimit?(): void }): Promise<{ finish(): Promise<Recording>; cancel(): void }>;
  /** Lets people hold a button, or tap it, to talk. */
  talk(
    button: HTMLElement,
    options?: Events & { onReply?(reply: Reply): void; onFailure?(failure: Failure): void; onLevel?(level: number): void },
  ): { cancel(): void; send(): boolean };
  /** For pages with a conversation, a voice and a view of their own, as the companion page: see turn.js, api.js and speech/player.js. */
  turn(given: object): { stop(): void; hush(): void; reply: Promise<{ text: string; failure: Failure | null; stopped: boolean }> };
  readonly api: object;
  readonly output: { unlock(): void; resume(): void; hold(): void; goOn(): void };
}

/** Connects a page with a companion. */
export function connect(options?: Options): Promise<Companion>;

// The pace of the voice bench's provider, and how its texts fall into tokens.

/** From the request to the first token, between tokens, from the request to the first sound; sound against real time. */
export const PACE = { first_token_ms: 300, token_ms: 20, first_audio_ms: 150, audio_rate: 10 };
export const MS_PER_CHARACTER = 65;
export const PAGE_MS = 200;
export const RATE_HZ = 48_000;

export const words = (text) => text.match(/\S+\s*/g);

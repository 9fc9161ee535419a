/**
 * How long a test waits for what should take milliseconds before it says that it hangs. A new machine with two busy cores
 * takes a hundred times as long as a quiet one: what is asserted is that it comes, never how soon.
 */
export const PATIENCE_MS = 120_000;

/** How long calls wait before they look again. */

/** The share of the time waited so far that the next pause may add to it. */
const SHARE = 1 / 20;

/** The shortest and the longest pause, in milliseconds. */
const [SHORTEST, LONGEST] = [50, 1_000];

/** Milliseconds to pause after so many milliseconds of waiting: what ends soon is noticed soon, what takes long costs little. */
export const pauseAfter = (waited: number): number => Math.min(LONGEST, Math.max(SHORTEST, waited * SHARE));

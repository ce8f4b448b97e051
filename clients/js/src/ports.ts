/**
 * What the client needs from its surroundings. Browsers and Node have a default for each port; React Native gives its own
 * (see README.md), and the tests give a world that they control.
 */

import type { Store } from "./store.js";
import type { Channel } from "./tabs.js";

/** Time. Nothing here is compared with the server's clock. */
export interface Clock {
  /** Milliseconds of a clock that never goes back. It may stand still while the machine sleeps. */
  now(): number;
  /** Milliseconds of the wall clock, which goes on while the machine sleeps and may be set. */
  wall(): number;
  /** Runs once after these milliseconds, and returns what cancels it. */
  after(milliseconds: number, run: () => void): () => void;
}

/** Whether anyone is looking. */
export interface AppState {
  isActive(): boolean;
  /** Tells of each change of `isActive`, and of a network that is back. Returns what ends that. */
  onChange(run: () => void): () => void;
}

export interface Ports {
  fetch: typeof globalThis.fetch;
  /** This many bytes of a cryptographic random generator. */
  random(bytes: number): Uint8Array;
  clock: Clock;
  appState: AppState;
  store: Store;
  /** How tabs of one origin tell each other; absent where there are none. */
  channel?: Channel | undefined;
  /** `document.cookie`, where it has the cookies of the server; `undefined` on another host. */
  cookies(): string | undefined;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};

export const alwaysActive: AppState = { isActive: () => true, onChange: () => () => {} };

/** A page: hidden tabs are not active. */
export const pageState: AppState = {
  isActive: () => document.visibilityState !== "hidden",
  onChange: (run) => {
    document.addEventListener("visibilitychange", run);
    addEventListener("online", run);
    return () => {
      document.removeEventListener("visibilitychange", run);
      removeEventListener("online", run);
    };
  },
};

/** A number from 0 to below 1. */
export function unit(random: Ports["random"]): number {
  return random(4).reduce((sum, byte) => sum / 256 + byte, 0) / 256;
}

/** How much time has passed since the call, for what may have slept meanwhile: by the clock that went further. */
export function stopwatch(clock: Clock): () => number {
  const [now, wall] = [clock.now(), clock.wall()];
  return () => Math.max(clock.now() - now, clock.wall() - wall);
}

/** Resolves after these milliseconds, or at once when the signal fires. */
export function pause(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      cancel();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const cancel = clock.after(signal.aborted ? 0 : milliseconds, done);
    signal.addEventListener("abort", done);
  });
}

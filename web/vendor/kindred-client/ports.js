/**
 * What the client needs from its surroundings. Browsers and Node have a default for each port; React Native gives its own
 * (see README.md), and the tests give a world that they control.
 */
export const systemClock = {
    now: () => performance.now(),
    wall: () => Date.now(),
    after: (milliseconds, run) => {
        const timer = setTimeout(run, milliseconds);
        return () => clearTimeout(timer);
    },
};
export const alwaysActive = { isActive: () => true, onChange: () => () => { } };
/** A page: hidden tabs are not active. */
export const pageState = {
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
export function unit(random) {
    return random(4).reduce((sum, byte) => sum / 256 + byte, 0) / 256;
}
/** How much time has passed since the call, for what may have slept meanwhile: by the clock that went further. */
export function stopwatch(clock) {
    const [now, wall] = [clock.now(), clock.wall()];
    return () => Math.max(clock.now() - now, clock.wall() - wall);
}
/** Resolves after these milliseconds, or at once when the signal fires. */
export function pause(clock, milliseconds, signal) {
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

/** Refreshes before the access token expires, at a random moment, so that neither tabs nor clients do it together. */
import { stopwatch, unit } from "./ports.js";
export function schedule({ clock, appState, random }, refresh) {
    /** How long after the last `set` to refresh, and until when the token is valid; infinite while there is none. */
    let due = Infinity;
    let expiry = Infinity;
    let isWaiting = false;
    // A wall clock that is set forward makes the refresh early, which costs nothing.
    let elapsed = stopwatch(clock);
    let cancel = () => { };
    const from = (dueIn, expiresIn, mayHurry = false) => {
        due = dueIn;
        expiry = expiresIn;
        isWaiting = mayHurry;
        elapsed = stopwatch(clock);
        arm();
    };
    const arm = () => {
        cancel();
        if (due === Infinity || !appState.isActive())
            return;
        cancel = clock.after(Math.max(0, Math.ceil(due - elapsed())), () => {
            if (!appState.isActive())
                return;
            if (elapsed() < due)
                return arm();
            due = Infinity;
            refresh();
        });
    };
    const unsubscribe = appState.onChange(() => {
        if (isWaiting)
            due = 0;
        arm();
    });
    return {
        set: (expiresIn, age = 0) => from(expiresIn * (0.75 + 0.15 * unit(random)) - age, expiresIn - age),
        later: (milliseconds, mayHurry) => from(milliseconds, expiry - elapsed(), mayHurry),
        isExpired: () => elapsed() >= expiry,
        stop: () => {
            cancel();
            unsubscribe();
        },
    };
}

/** `@kindred/client/stores`: stores over what a platform has, for one process. */

import { EMPTY, type Saved, type Store } from "./store.js";

export { indexedDbStore, memoryStore } from "./store.js";

/** A secure storage of React Native, the Keychain or Keystore for example, or a file. */
export interface KeyValue {
  get(name: string): Promise<string | null | undefined>;
  /** Resolves when the value is durable. */
  set(name: string, value: string): Promise<void>;
}

/**
 * Steps come one after another, so they are atomic as long as a single process uses the storage.
 *
 * A record that cannot be read counts as none, and the user logs in again. A storage that fails is an error of the step:
 * nothing is spent whose key could not be stored.
 */
export function keyValueStore(storage: KeyValue, name = "kindred"): Store {
  let last: Promise<unknown> = Promise.resolve();
  const step = (change: (saved: Saved) => Saved | undefined): Promise<Saved> => {
    const next = last.then(async () => {
      const saved = parsed(await storage.get(name));
      const changed = change(saved);
      if (changed) await storage.set(name, JSON.stringify(changed));
      return changed ?? saved;
    });
    last = next.catch(() => {});
    return next;
  };
  return { read: () => step(() => undefined), update: step };
}

function parsed(text: string | null | undefined): Saved {
  try {
    const saved = JSON.parse(text ?? "null") as Saved | null;
    return typeof saved?.epoch === "number" && typeof saved.keys === "object" ? saved : EMPTY;
  } catch {
    return EMPTY;
  }
}

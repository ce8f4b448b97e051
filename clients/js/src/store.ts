/** What is kept of the session, and where. */

import type { TokenResponse } from "./types.js";

/** The one record of a client. */
export interface Saved {
  /** Grows with each login and logout, so that an answer that comes too late is recognized. */
  epoch: number;
  /** The session's id; empty while it is unknown or there is none. */
  session: string;
  /** The newest generation that is known. */
  generation: number;
  /** The `Idempotency-Key` of each generation that is or was spent last, by the generation. */
  keys: Record<number, string>;
  /** The newest answer with tokens (in cookie transport without them), and when it came, by the wall clock. */
  answer?: TokenResponse | undefined;
  receivedAt?: number | undefined;
  /** Bearer transport: makes this device a known one at the next login. It outlives the session. */
  deviceToken?: string | undefined;
}

/**
 * A place for one record, which all tabs or processes of the application share. `update` is one atomic step: no other
 * `update` comes between what `change` is given and what it returns. It resolves when the record is durable.
 */
export interface Store {
  read(): Promise<Saved>;
  /** Writes what `change` returns, nothing if that is `undefined`, and resolves to what is stored then. */
  update(change: (saved: Saved) => Saved | undefined): Promise<Saved>;
}

export const EMPTY: Saved = { epoch: 0, session: "", generation: 0, keys: {} };

/** For one process or tab. A tab that is closed forgets its keys, and with them the right to retry. */
export function memoryStore(): Store {
  let saved = EMPTY;
  return {
    read: async () => saved,
    update: async (change) => (saved = change(saved) ?? saved),
  };
}

/**
 * For the tabs of an origin. A transaction that reads and writes is atomic over all tabs, as `add` is for a single value,
 * and covers key and tokens together; `strict` puts it on the disk before the token is spent. Where the database fails
 * (private windows, a full disk), the tab goes on with its own copy.
 */
export function indexedDbStore(name = "kindred", factory: IDBFactory = indexedDB): Store {
  let database: Promise<IDBDatabase> | undefined;
  let copy = EMPTY;
  const open = () =>
    (database ??= new Promise((resolve, reject) => {
      const request = factory.open(name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore("session");
      request.onsuccess = () => {
        // Another page deletes the database: close it, and open it again for the next step.
        request.result.onversionchange = request.result.onclose = () => {
          request.result.close();
          database = undefined;
        };
        resolve(request.result);
      };
      request.onerror = request.onblocked = () => reject(request.error);
    }));
  const step = async (change: (saved: Saved) => Saved | undefined, mode: IDBTransactionMode): Promise<Saved> => {
    try {
      const opened = await open();
      return (copy = await new Promise<Saved>((resolve, reject) => {
        const transaction = opened.transaction("session", mode, { durability: "strict" });
        const session = transaction.objectStore("session");
        let result = EMPTY;
        const request = session.get("saved");
        request.onsuccess = () => {
          result = request.result ?? EMPTY;
          const next = change(result);
          if (next) session.put((result = next), "saved");
        };
        transaction.oncomplete = () => resolve(result);
        transaction.onerror = transaction.onabort = () => reject(transaction.error);
      }));
    } catch {
      database = undefined;
      return (copy = change(copy) ?? copy);
    }
  };
  return { read: () => step(() => undefined, "readonly"), update: (change) => step(change, "readwrite") };
}

/** What is kept of the session, and where. */
export const EMPTY = { epoch: 0, session: "", generation: 0, keys: {} };
/** For one process or tab. A tab that is closed forgets its keys, and with them the right to retry. */
export function memoryStore() {
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
export function indexedDbStore(name = "kindred", factory = indexedDB) {
    let database;
    let copy = EMPTY;
    const open = () => (database ??= new Promise((resolve, reject) => {
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
    const step = async (change, mode) => {
        try {
            const opened = await open();
            return (copy = await new Promise((resolve, reject) => {
                const transaction = opened.transaction("session", mode, { durability: "strict" });
                const session = transaction.objectStore("session");
                let result = EMPTY;
                const request = session.get("saved");
                request.onsuccess = () => {
                    result = request.result ?? EMPTY;
                    const next = change(result);
                    if (next)
                        session.put((result = next), "saved");
                };
                transaction.oncomplete = () => resolve(result);
                transaction.onerror = transaction.onabort = () => reject(transaction.error);
            }));
        }
        catch {
            database = undefined;
            return (copy = change(copy) ?? copy);
        }
    };
    return { read: () => step(() => undefined, "readonly"), update: (change) => step(change, "readwrite") };
}

import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { test } from "node:test";
import { IDBFactory } from "fake-indexeddb";
import { withKey } from "../src/keys.js";
import { indexedDbStore, memoryStore, type Saved } from "../src/store.js";
import { keyValueStore } from "../src/stores.js";

const at = { epoch: 0, session: "", generation: 0 };

test("three tabs that choose a key at the same time agree on one", async () => {
  for (let round = 0; round < 50; round++) {
    const factory = new IDBFactory();
    const tabs = [1, 2, 3].map((tab) => ({ store: indexedDbStore("kindred", factory), key: `tab${tab}` }));
    const chosen = await Promise.all(tabs.map(({ store, key }) => store.update((saved) => withKey(saved, at, key))));
    assert.equal(new Set(chosen.map((saved) => saved.keys[0])).size, 1);
  }
});

test("what is stored is there for the next visit", async () => {
  const factory = new IDBFactory();
  await indexedDbStore("kindred", factory).update((saved) => ({ ...saved, session: "s", generation: 4 }));
  assert.equal((await indexedDbStore("kindred", factory).read()).generation, 4);
  assert.equal((await indexedDbStore("another server", factory).read()).generation, 0);
});

test("a database that fails leaves the tab its own copy", async () => {
  const broken = { open: () => { throw new DOMException("denied", "SecurityError"); } } as unknown as globalThis.IDBFactory;
  const store = indexedDbStore("kindred", broken);
  await store.update((saved) => ({ ...saved, session: "s" }));
  assert.equal((await store.read()).session, "s");
});

test("a database that is deleted is opened again", async () => {
  const factory = new IDBFactory();
  const store = indexedDbStore("kindred", factory);
  await store.update((saved) => ({ ...saved, session: "s" }));
  await new Promise((done) => (factory.deleteDatabase("kindred").onsuccess = done));
  assert.equal((await store.read()).session, "");
  await store.update((saved) => ({ ...saved, session: "t" }));
  assert.equal((await store.read()).session, "t");
});

test("a change that returns nothing writes nothing", async () => {
  for (const store of [memoryStore(), indexedDbStore("kindred", new IDBFactory())]) {
    assert.equal((await store.update(() => undefined)).epoch, 0);
  }
});

test("steps over a plain storage come one after another", async () => {
  const values = new Map<string, string>();
  const later = () => new Promise((done) => setImmediate(done));
  const store = keyValueStore({
    get: async (name) => (await later(), values.get(name)),
    set: async (name, value) => (await later(), void values.set(name, value)),
  });
  const grow = (saved: Saved) => ({ ...saved, generation: saved.generation + 1 });
  await Promise.all(Array.from({ length: 20 }, () => store.update(grow)));
  assert.equal((await store.read()).generation, 20);
  values.set("kindred", "{broken");
  assert.equal((await store.read()).generation, 0);
});

test("a storage that fails is an error, and the next step is tried", async () => {
  let isBroken = true;
  const values = new Map<string, string>();
  const store = keyValueStore({
    get: async (name) => values.get(name),
    set: async (name, value) => {
      if (isBroken) throw new Error("locked");
      values.set(name, value);
    },
  });
  await assert.rejects(store.update((saved) => ({ ...saved, session: "s" })), /locked/);
  isBroken = false;
  assert.equal((await store.update((saved) => ({ ...saved, session: "s" }))).session, "s");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { isNewer, jarPosition, randomKey, withAnswer, withGeneration, withKey, withLogin, withSession } from "../src/keys.js";
import { EMPTY, type Saved } from "../src/store.js";
import type { TokenResponse } from "../src/types.js";

const answer = (id: string, generation: number) => ({ session: { id, generation } }) as TokenResponse;
const saved: Saved = { ...EMPTY, epoch: 3, session: "s", generation: 5, keys: { 4: "k4" }, answer: answer("s", 5) };
const at = { epoch: 3, session: "s", generation: 5 };

test("a key is put if there is none, and those of the last two generations are kept", () => {
  const first = withKey(saved, at, "k5")!;
  assert.deepEqual(first.keys, { 4: "k4", 5: "k5" });
  assert.equal(withKey(first, at, "other"), undefined);
  const next = withAnswer(first, 3, answer("s", 6), 1, "k5")!;
  assert.deepEqual(withKey(next, { ...at, generation: 6 }, "k6")!.keys, { 5: "k5", 6: "k6" });
  assert.equal(withKey(saved, { ...at, epoch: 2 }, "late"), undefined);
  assert.equal(withKey(saved, { ...at, session: "other" }, "late"), undefined);
});

test("keys are random and long enough", () => {
  const keys = [0, 1].map(() => randomKey((bytes) => crypto.getRandomValues(new Uint8Array(bytes))));
  assert.match(keys[0]!, /^[0-9a-f]{32}$/);
  assert.notEqual(keys[0], keys[1]);
});

test("an answer replaces older ones only, and names the key of the rotation that made it", () => {
  const next = withAnswer(saved, 3, answer("s", 8), 9, "sent")!;
  assert.deepEqual([next.generation, next.keys, next.receivedAt], [8, { 4: "k4", 7: "sent" }, 9]);
  const older = withAnswer(saved, 3, answer("s", 4), 9, "sent")!;
  assert.deepEqual([older.generation, older.keys], [5, { 3: "sent", 4: "k4" }]);
  assert.equal(withAnswer(saved, 2, answer("s", 9), 9), undefined, "it began before a login or logout");
});

test("another session begins with no keys and another epoch", () => {
  assert.deepEqual(withSession(saved), { epoch: 4, session: "", generation: 0, keys: {}, deviceToken: undefined });
  const login = withLogin(saved, answer("t", 1), 5, "device");
  assert.deepEqual([login.epoch, login.session, login.generation, login.keys, login.deviceToken], [4, "t", 1, {}, "device"]);
  assert.equal(withLogin(login, answer("t", 1), 5).epoch, 4, "another tab has seen its cookies already");
  assert.equal(withSession(login).deviceToken, "device", "the device is known after the logout, too");
});

test("what the jar holds is newer or not", () => {
  assert.ok(isNewer({ ...at, generation: 6 }, at));
  assert.ok(!isNewer(at, at));
  assert.ok(!isNewer({ ...at, session: "t", generation: 6 }, at));
  assert.ok(isNewer(at, { ...at, session: "", generation: 0 }), "the first that is known");
  assert.equal(withGeneration(saved, { ...at, generation: 7 })!.generation, 7);
  assert.equal(withGeneration(saved, { ...at, generation: 4 }), undefined);
  assert.equal(withGeneration(saved, { ...at, epoch: 4, generation: 7 }), undefined);
});

test("only the cookie that no other host can set is read", () => {
  assert.deepEqual(jarPosition("a=b; kindred_gen_v1=s.12", false, ["v1"]), { session: "s", generation: 12 });
  assert.deepEqual(jarPosition("__Host-kindred_gen_v2=s.1", true, ["v2"]), { session: "s", generation: 1 });
  const both = ["v2", "v1"];
  assert.deepEqual(jarPosition("kindred_gen_v1=s.12", false, both), { session: "s", generation: 12 });
  assert.deepEqual(jarPosition("kindred_gen_v1=s.12; kindred_gen_v2=s.13", false, both), { session: "s", generation: 13 });
  for (const planted of ["kindred_gen_v1=s.12", "x__Host-kindred_gen_v1=s.12", "__Host-kindred_gen_v1=s", ""]) {
    assert.equal(jarPosition(planted, true, ["v1"]), null, planted);
  }
});

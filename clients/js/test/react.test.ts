import assert from "node:assert/strict";
import { test } from "node:test";
import { Window } from "happy-dom";

const window = new Window();
Object.assign(globalThis, { window, document: window.document, IS_REACT_ACT_ENVIRONMENT: true });
Object.defineProperty(globalThis, "navigator", { value: window.navigator, configurable: true });
const { act, createElement } = await import("react");
const { createRoot } = await import("react-dom/client");
const { renderToString } = await import("react-dom/server");
const { KindredProvider, useKindred, useSession, useStepUp } = await import("../src/react.js");
const { Script } = await import("./world/script.js");

/** Lets the world go on while React renders what it changes. */
const acting = <T>(work: () => Promise<T>) => act(async () => void (await work()));

function root() {
  const container = window.document.createElement("div");
  return { container, view: createRoot(container as unknown as Element) };
}

test("components see the session, and each change of it", async () => {
  const script = new Script();
  const { browser } = await script.signedIn();
  const { client } = browser.open();
  const Name = () => {
    const { status, user } = useSession();
    return createElement("p", null, `${status} ${user?.email ?? ""}`);
  };
  const page = createElement(KindredProvider, { client }, createElement(Name));
  assert.equal(renderToString(page), "<p>unknown </p>");
  const { container, view } = root();
  await act(async () => view.render(page));
  await acting(() => script.world.until(() => client.state().status === "signed-in"));
  assert.equal(container.textContent, "signed-in ada@example.com");
  await acting(() => script.world.result(client.logout()));
  assert.equal(container.textContent, "signed-out ");
  await act(async () => view.unmount());
});

test("a component asks for the step-up and answers it", async () => {
  const script = new Script();
  const { tab } = await script.signedIn();
  await script.world.pass(400_000);
  let dialog: ReturnType<typeof useStepUp>;
  const Page = () => {
    dialog = useStepUp();
    return createElement("p", null, dialog.question ? dialog.question.methods.join() : "quiet");
  };
  const { container, view } = root();
  await act(async () => view.render(createElement(KindredProvider, { client: tab.client }, createElement(Page))));
  const answer = dialog!.fetch("http://auth.test/api/v1/sensitive", { method: "POST" });
  await acting(() => script.world.pass(5_000));
  assert.equal(container.textContent, "password");
  await act(async () => dialog.answer({ method: "password", password: "right" }));
  await acting(() => script.world.result(answer));
  assert.equal((await answer).status, 200);
  assert.equal(container.textContent, "quiet");
});

test("a hook outside of the provider is an error", () => {
  const Lost = () => createElement("p", null, useKindred().url);
  assert.throws(() => renderToString(createElement(Lost)), /KindredProvider/);
});

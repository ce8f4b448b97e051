// What a page's script does. `install` puts it into each page, where it is called by its name.

export function install(api) {
  const json = (body) => (body === undefined ? undefined : JSON.stringify(body));
  const page = { csrf: undefined };
  // Resolves with what the page can read of the answer, or with `unreadable`.
  page.call = async (method, path, body, headers = {}) => {
    const all = { ...(body && { "Content-Type": "application/json" }), ...(page.csrf && { "X-CSRF-Token": page.csrf }) };
    try {
      const init = { method, credentials: "include", headers: { ...all, ...headers }, body: json(body) };
      const response = await fetch(api + path, init);
      const text = await response.text();
      const answer = text && JSON.parse(text);
      page.csrf = answer?.csrf_token ?? page.csrf;
      return { status: response.status, retryAfter: response.headers.get("Retry-After"), body: answer };
    } catch (error) {
      return { unreadable: String(error) };
    }
  };
  page.fetchCsrf = () => page.call("GET", "/api/v1/auth/csrf");
  // Whatever a page may send without asking first.
  page.sendBlindly = (path, body) =>
    fetch(api + path, { method: "POST", mode: "no-cors", credentials: "include", body }).then(
      (response) => response.type,
      (error) => String(error),
    );
  // What a client does when it wakes up with an access token that has expired.
  page.wake = async () => {
    const key = crypto.randomUUID();
    const refreshed = await page.call("POST", "/api/v1/auth/refresh", undefined, { "Idempotency-Key": key });
    const me = await page.call("GET", "/api/v1/me");
    return { refreshed: refreshed.status, retryAfter: refreshed.retryAfter, me: me.status };
  };
  page.shows = (path) =>
    new Promise((resolve) => {
      const image = new Image();
      image.onload = () => resolve(image.naturalWidth);
      image.onerror = () => resolve(0);
      image.src = api + path;
    });
  // Shows a page of the server in a frame. What frames say is kept.
  page.messages = [];
  addEventListener("message", ({ origin, data }) => page.messages.push({ origin, data }));
  page.frame = (path) => {
    const frame = document.createElement("iframe");
    frame.src = api + path;
    document.body.append(frame);
  };
  globalThis.page = page;
}

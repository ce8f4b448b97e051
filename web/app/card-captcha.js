/** Fills the field `captcha_token` of a form without script of its own: the challenge is shown in a frame. */

const place = document.getElementById("captcha");
const field = /** @type {HTMLInputElement | null} */ (document.querySelector("input[name=captcha_token]"));

/**
 * @param {HTMLElement} place
 * @param {HTMLInputElement} field
 */
function begin(place, field) {
  const source = `${place.dataset["source"]}&parent=${encodeURIComponent(location.origin)}`;
  const frame = document.createElement("iframe");
  frame.title = place.dataset["title"] ?? "";
  frame.className = "challenge";
  frame.src = source;
  place.replaceChildren(frame);
  /** Whether someone has pressed the button before the answer was there. */
  let isWaiting = false;
  /** Then the form is sent without an answer, so that the server says what is wrong. */
  let hasFailed = false;
  addEventListener("message", ({ origin, source: sender, data }) => {
    if (origin !== location.origin || sender !== frame.contentWindow || data?.type !== "kindred-captcha") return;
    field.value = data.token ?? "";
    if (data.error === "expired") frame.src = source;
    else hasFailed = !data.token;
    if (isWaiting && (field.value || hasFailed)) field.form?.requestSubmit();
  });
  field.form?.addEventListener("submit", (event) => {
    isWaiting = !field.value && !hasFailed;
    if (isWaiting) event.preventDefault();
  });
}

if (place && field) begin(place, field);

/** Sets up a second factor in three named steps: choose, connect, save the backup codes. */

import { api, client } from "../client.js";
import { config } from "../config.js";
import { h, show } from "../dom.js";
import { drawnCheck, icon } from "../icons.js";
import { canUsePasskeys } from "../passkeys.js";
import { t } from "../texts.js";
import { banner } from "../ui/banner.js";
import { button } from "../ui/button.js";
import { codesView } from "./backup-codes.js";
import { connectApp } from "./connect-app.js";
import { connectPasskey } from "./connect-passkey.js";
import { connectSms } from "./connect-sms.js";

/**
 * @typedef {import("./words.js").Schemas} Schemas
 * @typedef {"webauthn" | "totp" | "sms"} Method
 *
 * @typedef {object} Steps
 * @property {(codes: string[] | null | undefined) => void} connected goes on, to the codes if there are new ones
 * @property {() => void} back
 */

const STEPS = ["choose", "connect", "save"];
/** @type {Record<Method, { icon: import("../icons.js").IconName, connect: (steps: Steps) => HTMLElement }>} */
const METHODS = {
  webauthn: { icon: "passkey", connect: connectPasskey },
  totp: { icon: "app", connect: connectApp },
  sms: { icon: "sms", connect: connectSms },
};

/** @type {import("./account.js").View} */
export async function view(context) {
  const mfa = await api("get", "/api/v1/me/mfa");
  const place = h("div");
  const wizard = new Wizard(place, mfa, context);
  wizard.choose({ keepsFocus: true });
  return h("div", { class: "card wizard" }, place);
}

class Wizard {
  /**
   * @param {HTMLElement} place
   * @param {Schemas["MfaView"]} mfa
   * @param {import("./account.js").Context} context
   */
  constructor(place, mfa, context) {
    this.place = place;
    this.mfa = mfa;
    this.context = context;
    /** Whether the session can do nothing else before. */
    this.isRequired = client.state().user?.mfa_enrollment_required ?? false;
  }

  /** @param {{ isBack?: boolean, keepsFocus?: boolean }} [how] */
  choose(how) {
    const rows = Object.keys(METHODS).map((method) => this.choiceOf(/** @type {Method} */ (method)));
    const back = this.isRequired ? null : button([icon("back", 18), t("back")], { kind: "plain", press: () => this.context.go("/security") });
    const why = this.isRequired ? banner("info", t("wizard-required")) : h("p", { class: "secondary" }, t("wizard-why"));
    this.step(0, t("wizard-title"), [why, h("div", { class: "stack tight" }, rows), back], how);
  }

  /** @param {Method} method */
  choiceOf(method) {
    const isTaken = (method === "totp" && !!this.mfa.totp) || (method === "sms" && !!this.mfa.sms);
    const needsOther = method === "sms" && !this.mfa.enrolled;
    const isPossible = !isTaken && !needsOther && (method !== "webauthn" || canUsePasskeys());
    if (method === "sms" && !config.secondFactors.sms) return null;
    const note = isTaken ? t("choice-taken") : needsOther ? t("choice-sms-later") : t(`choice-${method}`);
    const text = h("span", null, h("b", null, t(`method-${method}`)), h("span", { class: "secondary small" }, note));
    const row = h("button", { type: "button", class: "choice", disabled: !isPossible }, icon(METHODS[method].icon, 24), text, icon("chevron", 18));
    row.addEventListener("click", () => this.connect(method));
    return row;
  }

  /** @param {Method} method */
  connect(method) {
    const steps = {
      connected: (/** @type {string[] | null | undefined} */ codes) => (codes?.length ? this.save(codes, method) : this.end(method)),
      back: () => this.choose({ isBack: true }),
    };
    const back = button([icon("back", 18), t("back")], { kind: "plain", press: steps.back });
    this.step(1, t(`connect-${method}-title`), [METHODS[method].connect(steps), back]);
  }

  /** @param {string[]} codes @param {Method} method */
  save(codes, method) {
    const explained = h("p", null, t("codes-explained"));
    this.step(2, t("wizard-save-title"), [explained, codesView(codes, () => this.end(method))]);
  }

  /** @param {Method} method */
  end(method) {
    const done = async () => {
      if (this.isRequired) await client.refresh();
      const target = config.returnTo;
      if (target) location.assign(target);
      else this.context.go(this.isRequired ? "" : "/security");
    };
    const next = h("p", { class: "secondary" }, t(`wizard-end-${method}`));
    const step = h(
      "div",
      { class: "stack centered" },
      drawnCheck(),
      h("h1", null, t("wizard-end-title")),
      next,
      button(t("done"), { kind: "primary wide", press: done }),
    );
    show(this.place, step);
  }

  /**
   * @param {number} at
   * @param {string} title
   * @param {import("../dom.js").Child[]} content
   * @param {{ isBack?: boolean, keepsFocus?: boolean }} [how]
   */
  step(at, title, content, how) {
    const names = STEPS.map((name, index) =>
      h("li", { class: index < at ? "done" : null, "aria-current": index === at ? "step" : null }, t(`wizard-step-${name}`)),
    );
    const progress = h("ol", { class: "steps no-print", "aria-label": t("wizard-steps", { at: at + 1 }) }, names);
    show(this.place, h("div", { class: "stack" }, progress, h("h1", null, title), content), how);
  }
}

/** Devices that need no second factor. */

import { api } from "../client.js";
import { h } from "../dom.js";
import { describe } from "../problems.js";
import { onDay, t } from "../texts.js";
import { confirming } from "../ui/confirm.js";
import { timeAgo } from "../ui/time.js";
import { toast } from "../ui/toast.js";
import { item, list, section } from "./parts.js";
import { deviceIcon, deviceName } from "./words.js";

/** @typedef {import("./words.js").Schemas["DeviceView"]} Device */

/** @param {Device[]} devices */
export function trustedSection(devices) {
  const whole = section(t("trusted-title"), null, h("p", { class: "secondary" }, t("trusted-why")), list(devices.map(row)));
  return whole;

  /** @param {Device} device @returns {HTMLElement} */
  function row(device) {
    const name = deviceName(device);
    const shown = item({
      glyph: deviceIcon(device),
      name,
      more: [timeAgo(device.last_used_at, "device-used"), t("device-expires", { day: onDay(new Date(device.expires_at)) })],
      act: confirming({ label: t("trusted-remove"), question: t("trusted-question"), yes: t("trusted-yes"), about: name, act: remove }),
    });
    return shown;

    async function remove() {
      const rows = shown.parentElement;
      const next = shown.nextSibling;
      shown.remove();
      try {
        await api("delete", "/api/v1/me/devices/{id}", { path: { id: device.id } });
        toast(t("trusted-removed", { name }));
        if (!rows?.children.length) whole.remove();
      } catch (error) {
        rows?.insertBefore(shown, next);
        toast(describe(error).text);
      }
    }
  }
}

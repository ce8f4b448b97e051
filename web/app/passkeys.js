/** Whether passkeys can be used here. */

/** An IPv4 address, or an IPv6 address in brackets. */
const ADDRESS = /^(?:\d+(?:\.\d+){3}|\[.*\])$/;

/**
 * Whether this browser can use passkeys at this page's host. They are bound to a name, so no browser uses them where the
 * host is an IP address (WebAuthn Level 3 §5.1.4.1: the effective domain must be a valid domain).
 */
export function canUsePasskeys() {
  return typeof PublicKeyCredential === "function" && !ADDRESS.test(location.hostname);
}

// A browser as far as a login needs one: it keeps the cookies of one host and follows redirects there.

export class Browser {
  #cookies = new Map();

  /** Opens the address and follows redirects until one leads away from its host; gives that address. */
  async visit(address) {
    const { host } = new URL(address);
    let next = new URL(address);
    for (let hops = 0; hops < 10; hops += 1) {
      if (next.host !== host) return next;
      const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const answer = await fetch(next, { redirect: "manual", headers: { cookie } });
      await answer.arrayBuffer();
      this.#keep(answer.headers.getSetCookie());
      const location = answer.headers.get("location");
      if (!location) throw new Error(`${next.pathname} answered ${answer.status} and leads nowhere`);
      next = new URL(location, next);
    }
    throw new Error(`too many redirects after ${address}`);
  }

  #keep(lines) {
    for (const line of lines) {
      const [pair] = line.split(";");
      const at = pair.indexOf("=");
      const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
      if (value) this.#cookies.set(name, value);
      else this.#cookies.delete(name);
    }
  }
}

/** Time and chance of a test: events in their order, no real waiting, and the same course for the same seed. */

interface Event {
  at: number;
  order: number;
  run: () => void;
}

export class World {
  /** Milliseconds since the beginning. */
  time = 0;
  #events: Event[] = [];
  #order = 0;
  #state: number;
  /** Requests to a real server that are under way: time stands still meanwhile. */
  #real = 0;
  #wake: () => void = () => {};

  constructor(readonly seed: number) {
    this.#state = seed | 0;
  }

  /** From 0 to below 1 (mulberry32). */
  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.random();
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.random() * list.length)]!;
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => Math.floor(this.random() * 256));
  }

  after(delay: number, run: () => void): () => void {
    const event = { at: this.time + Math.max(0, delay), order: this.#order++, run };
    this.#push(event);
    return () => (event.run = () => {});
  }

  /** Waits for something real. */
  async outside<T>(work: Promise<T>): Promise<T> {
    this.#real++;
    try {
      return await work;
    } finally {
      this.#real--;
      this.#wake();
    }
  }

  /** Lets things happen until the condition holds; an error if it does not within this many milliseconds. */
  async until(condition: () => boolean, limit = 3_600_000): Promise<void> {
    const end = this.time + limit;
    for (;;) {
      await new Promise(setImmediate);
      if (condition()) return;
      if (this.#real > 0) {
        await new Promise<void>((wake) => (this.#wake = wake));
        continue;
      }
      const next = this.#pop();
      if (!next || next.at > end) throw new Error(`seed ${this.seed}: nothing happens at ${this.time}`);
      this.time = next.at;
      next.run();
    }
  }

  /** Lets this much time pass. */
  async pass(milliseconds: number): Promise<void> {
    let over = false;
    this.after(milliseconds, () => (over = true));
    await this.until(() => over, milliseconds + 1);
  }

  /** The result of work that needs time to pass. */
  async result<T>(work: Promise<T>, limit?: number): Promise<T> {
    let isDone = false;
    const done = () => void (isDone = true);
    work.then(done, done);
    await this.until(() => isDone, limit);
    return work;
  }

  // A binary heap by time, then by order.
  #push(event: Event) {
    const heap = this.#events;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(heap[at]!, heap[parent]!)) break;
      [heap[at], heap[parent]] = [heap[parent]!, heap[at]!];
      at = parent;
    }
  }

  #pop() {
    const heap = this.#events;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || first === last) return first;
    heap[0] = last;
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && isBefore(heap[child]!, heap[least]!)) least = child;
      }
      if (least === at) return first;
      [heap[at], heap[least]] = [heap[least]!, heap[at]!];
      at = least;
    }
  }
}

function isBefore(one: Event, other: Event): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

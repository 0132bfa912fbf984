// A first-in, first-out queue whose length does not slow it down, as it would an array's `shift`.

export class Line<T> {
  #items: T[] = [];
  #first = 0;
  get length(): number {
    return this.#items.length - this.#first;
  }
  push(item: T): void {
    this.#items.push(item);
  }
  /** Must not be called on an empty line. */
  take(): T {
    const item = this.#items[this.#first++]!;
    if (this.#first > 1000 && this.#first * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return item;
  }
}

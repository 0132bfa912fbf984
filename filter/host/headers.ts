// Header lists as proxies keep them: names in lower case, each value a string with one character per byte.

export type Header = readonly [name: string, value: string];

export class HeaderMap {
  #list: Header[];

  /** @throws RangeError for a value with a character above U+00FF, which is not a byte */
  constructor(list: readonly Header[]) {
    for (const [name, value] of list)
      if (/[\u0100-\uffff]/.test(value)) throw new RangeError(`the value of ${name} is not one character per byte`);
    this.#list = [...list];
  }

  /** The first value, which is the one that Envoy hands over. */
  get(name: string): string | undefined {
    return this.#list.find(([other]) => other === name)?.[1];
  }

  /** All of them in the ABI's form: count, sizes of each name and value, then each name and value, each followed by a zero byte. */
  pairs(): Uint8Array {
    const sizes = Buffer.alloc(4 + 8 * this.#list.length);
    sizes.writeUInt32LE(this.#list.length);
    this.#list.forEach(([name, value], index) => {
      sizes.writeUInt32LE(name.length, 4 + 8 * index);
      sizes.writeUInt32LE(value.length, 8 + 8 * index);
    });
    const text = this.#list.map(([name, value]) => `${name}\0${value}\0`).join("");
    return Buffer.concat([sizes, Buffer.from(text, "latin1")]);
  }

  /** Replaces the first value if there is one and keeps the others, like Envoy's HeaderMap::setCopy. */
  replace(name: string, value: string): void {
    const at = this.#list.findIndex(([other]) => other === name);
    if (at < 0) this.#list.push([name, value]);
    else this.#list[at] = [name, value];
  }

  remove(name: string): void {
    this.#list = this.#list.filter(([other]) => other !== name);
  }

  list(): readonly Header[] {
    return this.#list;
  }
}

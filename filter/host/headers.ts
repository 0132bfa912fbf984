// Header lists as proxies keep them: names in lower case, each value one string with a character per byte.

export type Header = readonly [name: string, value: string];

export class HeaderMap {
  #list: Header[];

  constructor(list: readonly Header[]) {
    this.#list = [...list];
  }

  /** The first value, as Envoy hands it over. */
  get(name: string): string | undefined {
    return this.#list.find(([other]) => other === name)?.[1];
  }

  /** All values, joined by commas as Envoy's attributes have them. */
  getAll(name: string): string | undefined {
    const values = this.#list.filter(([other]) => other === name).map(([, value]) => value);
    return values.length === 0 ? undefined : values.join(",");
  }

  /** The first value is overwritten where there is one, and further ones stay: Envoy's HeaderMap::setCopy. */
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

/**
 * Remembers what `make` gives for a key, for at most two generations of `size` keys. For fragments that recur in almost every
 * document; a miss costs what making it costs.
 */
export class BoundedCache<K, V> {
  readonly #size: number;
  readonly #make: (key: K) => V;
  #recent = new Map<K, V>();
  #previous = new Map<K, V>();

  constructor(size: number, make: (key: K) => V) {
    this.#size = size;
    this.#make = make;
  }

  get(key: K): V {
    const known = this.#recent.get(key);
    if (known !== undefined) return known;
    const value = this.#previous.get(key) ?? this.#make(key);
    if (this.#recent.size >= this.#size) {
      this.#previous = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(key, value);
    return value;
  }
}

/** How many connections each address has, over all listeners. */
export class ConnectionBound {
  readonly #most: number;
  readonly #counts = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Counts a connection of `address` until `leave`. `surplus`: one too many; `refused`: so many too many that it is not even answered. */
  enter(address: string): "admitted" | "surplus" | "refused" {
    const count = (this.#counts.get(address) ?? 0) + 1;
    this.#counts.set(address, count);
    if (count <= this.#most) return "admitted";
    return count <= 2 * this.#most ? "surplus" : "refused";
  }

  leave(address: string): void {
    const count = (this.#counts.get(address) ?? 0) - 1;
    if (count > 0) this.#counts.set(address, count);
    else this.#counts.delete(address);
  }
}

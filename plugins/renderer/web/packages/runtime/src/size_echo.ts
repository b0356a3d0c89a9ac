/** A measured size, in CSS pixels; `viewport` is the height that the host gives at that moment. */
export interface Measured {
  readonly width: number;
  readonly height: number;
  readonly viewport: number;
}

const TOLERANCE = 4;
const MAX_ECHOES = 2;

/**
 * Decides whether a size is worth telling.
 *
 * A change of up to 4 px is rounding. Content whose height follows the viewport would grow with every answer of the
 * host: growth that no change of the content explains, by the same amount over a viewport that did what was asked for,
 * is such an echo, and from its second time on it is not told any more.
 */
export class SizeEcho {
  #told: Measured | undefined;
  #hasChanged = true;
  #echoes = 0;

  /** Something in the document changed, so that growth needs no other explanation. */
  contentChanged(): void {
    this.#hasChanged = true;
    this.#echoes = 0;
  }

  shouldReport(size: Measured): boolean {
    const told = this.#told;
    if (told !== undefined) {
      const isSameWidth = Math.abs(size.width - told.width) <= TOLERANCE;
      if (isSameWidth && Math.abs(size.height - told.height) <= TOLERANCE) return false;
      if (isSameWidth && this.#isEcho(size, told)) {
        this.#echoes += 1;
        if (this.#echoes >= MAX_ECHOES) return false;
      }
      if (!isSameWidth) this.#echoes = 0;
    }
    this.#told = size;
    this.#hasChanged = false;
    return true;
  }

  #isEcho(size: Measured, told: Measured): boolean {
    const hostObeyed = Math.abs(size.viewport - told.height) <= TOLERANCE;
    const grewAlike = Math.abs(size.height - size.viewport - (told.height - told.viewport)) <= TOLERANCE;
    return !this.#hasChanged && hostObeyed && grewAlike;
  }
}

/** What a screen reader hears about things that change by themselves. */

import { element } from "./dom";

/** Say something once, when the reader is idle. The same words twice are said twice. */
export function announce(text: string): void {
  const region = element("announcer", HTMLParagraphElement);
  // A live region speaks when its text changes; the no-break space makes a repetition a change.
  region.textContent = region.textContent === text ? `${text}\u00a0` : text;
}

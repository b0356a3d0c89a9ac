/** What a person sees when the card cannot start. */

const STYLE =
  "box-sizing:border-box;max-width:34rem;margin:0 auto;padding:1rem;font:400 1rem/1.5 system-ui,sans-serif;color:CanvasText";
const BUTTON =
  "margin-top:.75rem;padding:.5rem 1rem;border:1px solid currentColor;border-radius:.5rem;background:none;color:inherit;font:inherit;cursor:pointer";

export function showFailure(root: HTMLElement, message: string, details: string, retry: () => void): void {
  const card = document.createElement("div");
  card.setAttribute("role", "alert");
  card.style.cssText = STYLE;
  const button = append(card, "button", "Retry");
  button.addEventListener("click", retry);
  button.style.cssText = BUTTON;
  button.setAttribute("type", "button");
  const heading = append(card, "p", "This card could not start");
  heading.style.fontWeight = "600";
  const more = document.createElement("details");
  append(more, "summary", "Details");
  append(more, "pre", details).style.cssText = "white-space:pre-wrap;overflow-wrap:anywhere";
  card.replaceChildren(heading, paragraph(message), button, more);
  root.replaceChildren(card);
}

function paragraph(words: string): HTMLElement {
  const made = document.createElement("p");
  made.textContent = words;
  made.style.margin = "0";
  return made;
}

function append(to: HTMLElement, name: string, words: string): HTMLElement {
  const made = document.createElement(name);
  made.textContent = words;
  to.append(made);
  return made;
}

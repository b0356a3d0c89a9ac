/** Copy buttons: `<button data-copy="id">` copies the text or value of the element with that id. */

import { announce } from "./announcer";

const CONFIRMATION_MS = 2_000;

/** Let every copy button of the page work, those added later included. */
export function enableCopyButtons(): void {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button[data-copy]") : null;
    if (button instanceof HTMLButtonElement) void copyFor(button);
  });
}

async function copyFor(button: HTMLButtonElement): Promise<void> {
  const source = document.getElementById(button.dataset["copy"] ?? "");
  if (source === null) return;
  const text = source.dataset["plain"] ?? source.textContent ?? "";
  const copied = await copy(text);
  announce(copied ? "Copied" : "Copying is blocked by the browser; select the text and copy it yourself");
  if (!copied) {
    getSelection()?.selectAllChildren(source);
    return;
  }
  button.dataset["copied"] = "";
  setTimeout(() => delete button.dataset["copied"], CONFIRMATION_MS);
}

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text); // plain http on a LAN address has no clipboard API
  }
}

function copyBySelection(text: string): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "offscreen";
  const focused = document.activeElement;
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return copied;
}

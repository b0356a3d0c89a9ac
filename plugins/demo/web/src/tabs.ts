/** Tabs after the WAI-ARIA authoring practices: arrows, Home and End move, and the panel follows the focus. */

export function enableTabs(list: HTMLElement, onSelect: (tab: HTMLElement) => void): void {
  const tabs = [...list.querySelectorAll<HTMLElement>('[role="tab"]')];

  function select(chosen: HTMLElement): void {
    for (const tab of tabs) {
      tab.setAttribute("aria-selected", String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
    }
    onSelect(chosen);
  }

  list.addEventListener("click", (event) => {
    const tab = event.target instanceof Element ? event.target.closest<HTMLElement>('[role="tab"]') : null;
    if (tab !== null) select(tab);
  });
  list.addEventListener("keydown", (event) => {
    const current = tabs.findIndex((tab) => tab === event.target);
    const next = { ArrowRight: current + 1, ArrowLeft: current - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (current === -1 || next === undefined) return;
    event.preventDefault();
    const tab = tabs[(next + tabs.length) % tabs.length];
    if (tab === undefined) return;
    tab.focus();
    tab.scrollIntoView({ block: "nearest", inline: "nearest" });
    select(tab);
  });
  const first = tabs[0];
  if (first !== undefined) select(first);
}

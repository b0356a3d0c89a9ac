/** A field by what it is called, so that another component for the same contract can have it as well. */
export interface FieldDraft {
  readonly kind: "text" | "check" | "open";
  readonly name: string;
  readonly label: string;
  /** Which one of those that are called the same. */
  readonly nth: number;
  readonly value: string | boolean;
}

export interface ScrollPosition {
  /** Indices of children from the root down; empty for the page itself. */
  readonly path: string;
  readonly left: number;
  readonly top: number;
}

export interface Capture {
  readonly fields: readonly FieldDraft[];
  readonly scroll: readonly ScrollPosition[];
  readonly focus: { readonly field: Omit<FieldDraft, "value">; readonly start: number | null; readonly end: number | null } | undefined;
}

const MOST_VALUE = 16_000;
const MOST_SCROLLED = 20;
const SECRET = /^(cc-|one-time-code|current-password|new-password)/;

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement | HTMLDetailsElement;

/** A control, or the group of radio buttons that is one. */
interface Field {
  readonly kind: FieldDraft["kind"];
  readonly name: string;
  readonly label: string;
  readonly controls: readonly Control[];
}

/** What of `root` a person changed, where the focus is, and what is scrolled. */
export function capture(root: HTMLElement, isDraft: (element: Element) => boolean): Capture {
  const fields: FieldDraft[] = [];
  let focus: Capture["focus"];
  const active = root.ownerDocument.activeElement;
  for (const [field, nth] of numbered(fieldsOf(root))) {
    const { kind, name, label, controls } = field;
    const value = valueOf(field);
    if (value !== undefined && controls.some(isDraft)) fields.push({ kind, name, label, nth, value });
    const focused = controls.find((control) => control === active);
    if (focused !== undefined) {
      const isText = focused instanceof HTMLInputElement || focused instanceof HTMLTextAreaElement;
      const [start, end] = isText ? [focused.selectionStart, focused.selectionEnd] : [null, null];
      focus = { field: { kind, name, label, nth }, start, end };
    }
  }
  return { fields, scroll: scrollOf(root), focus };
}

/** Put it back; the controls that were changed. A field that is gone, or has no such choice, is passed over. */
export function restore(root: HTMLElement, captured: Capture): Element[] {
  const present = numbered(fieldsOf(root));
  const changed: Element[] = [];
  for (const draft of captured.fields) {
    const field = matching(present, draft);
    if (field !== undefined) changed.push(...setValue(field, draft.value));
  }
  scrollTo(root, captured.scroll);
  const { focus } = captured;
  const target = focus === undefined ? undefined : matching(present, focus.field)?.controls[0];
  if (focus !== undefined && target !== undefined) {
    target.focus({ preventScroll: true });
    const isText = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
    if (isText && focus.start !== null && target.selectionStart !== null) target.setSelectionRange(focus.start, focus.end);
  }
  return changed;
}

function fieldsOf(root: HTMLElement): Field[] {
  const fields: Field[] = [];
  const groups = new Set<string>();
  for (const control of root.querySelectorAll<Control>("input,textarea,select,details")) {
    const name = stable(control.getAttribute("name") ?? control.id);
    if (control instanceof HTMLDetailsElement) {
      fields.push({ kind: "open", name, label: wordsOf(control.querySelector("summary")), controls: [control] });
    } else if (control instanceof HTMLInputElement && control.type === "radio") {
      if (groups.has(control.name)) continue;
      groups.add(control.name);
      const members = [...root.querySelectorAll<HTMLInputElement>("input[type=radio]")].filter((one) => one.name === control.name);
      const frame = control.closest("fieldset,[role=radiogroup]");
      const label = wordsOf(frame?.querySelector("legend") ?? null) || (frame?.getAttribute("aria-label") ?? "");
      fields.push({ kind: "text", name, label, controls: members });
    } else if (!isSecret(control)) {
      const kind = control instanceof HTMLInputElement && control.type === "checkbox" ? "check" : "text";
      fields.push({ kind, name, label: labelOf(control), controls: [control] });
    }
  }
  return fields;
}

function isSecret(control: HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement): boolean {
  if (control instanceof HTMLInputElement && /^(password|file|hidden|submit|button|image|reset)$/.test(control.type)) return true;
  return SECRET.test(control.autocomplete);
}

/** Names that React made up differ from one mount to the next. */
function stable(name: string): string {
  return /^[:_«]r[\da-z]*[:_»]|^_r_/.test(name) ? "" : name;
}

function labelOf(control: HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement): string {
  const own = control.labels?.[0] ?? null;
  const placeholder = control instanceof HTMLSelectElement ? "" : control.placeholder;
  return wordsOf(own) || (control.getAttribute("aria-label") ?? placeholder);
}

function wordsOf(element: Element | null): string {
  return (element?.textContent ?? "").replace(/[\s*]+/g, " ").trim().slice(0, 100);
}

/** Each field with its number among those that are called the same. */
function numbered(fields: readonly Field[]): (readonly [Field, number])[] {
  const counts = new Map<string, number>();
  return fields.map((field) => {
    const key = JSON.stringify([field.kind, field.name, field.label]);
    const nth = counts.get(key) ?? 0;
    counts.set(key, nth + 1);
    return [field, nth] as const;
  });
}

function matching(present: readonly (readonly [Field, number])[], wanted: Omit<FieldDraft, "value">): Field | undefined {
  const ofKind = present.filter(([field]) => field.kind === wanted.kind);
  const ways: ((field: Field) => boolean)[] = [
    (field) => field.name === wanted.name && field.label === wanted.label,
    (field) => wanted.name !== "" && field.name === wanted.name,
    (field) => wanted.label !== "" && field.label.toLowerCase() === wanted.label.toLowerCase(),
  ];
  for (const fits of ways) {
    const found = ofKind.filter(([field]) => fits(field));
    const [field] = found[Math.min(wanted.nth, found.length - 1)] ?? [];
    if (field !== undefined && found.length > wanted.nth) return field;
  }
  return undefined;
}

function valueOf({ controls }: Field): string | boolean | undefined {
  const [control] = controls;
  if (control instanceof HTMLDetailsElement) return control.open;
  if (control instanceof HTMLInputElement && control.type === "checkbox") return control.checked;
  if (control instanceof HTMLInputElement && control.type === "radio") {
    return controls.find((one): one is HTMLInputElement => one instanceof HTMLInputElement && one.checked)?.value;
  }
  if (control instanceof HTMLSelectElement && control.multiple) return undefined;
  return control === undefined || control.value.length > MOST_VALUE ? undefined : control.value;
}

/** As if the person had done it, because the component keeps the value itself. */
function setValue({ controls }: Field, value: string | boolean): Element[] {
  const [control] = controls;
  if (control === undefined) return [];
  if (control instanceof HTMLDetailsElement) {
    control.open = value === true;
    return [control];
  }
  if (control instanceof HTMLInputElement && control.type === "radio") {
    const chosen = controls.find((one) => one instanceof HTMLInputElement && one.value === value);
    if (!(chosen instanceof HTMLInputElement) || chosen.checked || chosen.disabled) return [];
    chosen.click();
    return [chosen];
  }
  if (control.disabled) return [];
  if (control instanceof HTMLInputElement && control.type === "checkbox") {
    if (control.checked !== value) control.click();
    return [control];
  }
  if (typeof value !== "string" || control.value === value) return [];
  const isChoice = control instanceof HTMLSelectElement;
  if (isChoice && ![...control.options].some((option) => option.value === value)) return [];
  // React overlooks a value that is set through the property it has put onto the element itself.
  const prototype: unknown = Object.getPrototypeOf(control);
  const property = Object.getOwnPropertyDescriptor(prototype, "value");
  property?.set?.call(control, value);
  control.dispatchEvent(new Event("input", { bubbles: true }));
  control.dispatchEvent(new Event("change", { bubbles: true }));
  return [control];
}

function scrollOf(root: HTMLElement): ScrollPosition[] {
  const view = root.ownerDocument.defaultView;
  const positions: ScrollPosition[] = [];
  if (view !== null && (view.scrollX > 0 || view.scrollY > 0)) positions.push({ path: "", left: view.scrollX, top: view.scrollY });
  for (const element of root.querySelectorAll("*")) {
    if (element.scrollTop === 0 && element.scrollLeft === 0) continue;
    if (positions.length === MOST_SCROLLED) break;
    positions.push({ path: pathOf(root, element), left: element.scrollLeft, top: element.scrollTop });
  }
  return positions;
}

function scrollTo(root: HTMLElement, positions: readonly ScrollPosition[]): void {
  for (const { path, left, top } of positions) {
    if (path === "") root.ownerDocument.defaultView?.scrollTo(left, top);
    else elementAt(root, path)?.scrollTo(left, top);
  }
}

function pathOf(root: Element, element: Element): string {
  const steps: number[] = [];
  for (let at = element; at !== root && at.parentElement !== null; at = at.parentElement) {
    steps.unshift([...at.parentElement.children].indexOf(at));
  }
  return steps.join(".");
}

function elementAt(root: Element, path: string): Element | undefined {
  return path.split(".").reduce<Element | undefined>((at, step) => at?.children[Number(step)], root);
}

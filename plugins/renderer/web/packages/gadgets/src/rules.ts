/** Something about a gadget that breaks a rule. */
export interface Violation {
  readonly path: string;
  readonly message: string;
}

const HOOK = /^use[A-Z][A-Za-z0-9]*$/;
const COMPONENT = /^[A-Z][A-Za-z0-9]*$/;
const SRI = [/^sha384-[A-Za-z0-9+/]+=*$/, "is sha384- and a base64 digest"] as const;
const TEXTS: Readonly<Record<string, readonly [RegExp, string]>> = {
  package: [/^(?:@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/, "is the name of an npm package"],
  version: [/^\d+\.\d+\.\d+(-[\w.]+)?(\+[\w.]+)?$/, "is an exact version such as 1.2.3"],
  bundleHost: [/^[a-z0-9.-]+(:\d+)?$/, "is a host, with a port if need be"],
  bundleSri: SRI,
  typesSri: SRI,
};
const URLS = ["bundleUrl", "styleUrl", "typesUrl"] as const;
const REQUIRED = new Set(["package", "version"]);
const PUBLIC_ENV = /^GGUI_PUBLIC_APP_[A-Z0-9_]+$/;
const PERMISSIONS = new Set(
  (
    "geolocation notifications microphone camera persistent-storage midi clipboard-read clipboard-write speaker-selection " +
    "storage-access background-sync accelerometer gyroscope magnetometer ambient-light-sensor screen-wake-lock"
  ).split(" "),
);

type Fields = Readonly<Record<string, unknown>>;

/** Everything about a package that breaks the rules of spec 05 section 12.2. */
export function violationsOf(given: object): readonly Violation[] {
  const gadgets = given as Fields;
  return [...facts(gadgets), ...listed(gadgets, "connect"), ...listed(gadgets, "requires"), ...exported(gadgets["exports"])];
}

function* facts(gadgets: Fields): Generator<Violation> {
  for (const [path, [pattern, rule]] of Object.entries(TEXTS)) {
    const value = gadgets[path];
    if (value === undefined && !REQUIRED.has(path)) continue;
    if (typeof value !== "string" || !pattern.test(value)) yield { path, message: rule };
  }
  for (const path of URLS) {
    if (gadgets[path] !== undefined && !isUrl(gadgets[path])) yield { path, message: "is an absolute URL" };
  }
}

function* listed(gadgets: Fields, name: "connect" | "requires"): Generator<Violation> {
  const values = gadgets[name] ?? [];
  if (!Array.isArray(values)) return yield { path: name, message: "is a list" };
  for (const [index, value] of (values as unknown[]).entries()) {
    const path = `${name}.${index}`;
    if (name === "connect" && !isUrl(value)) yield { path, message: "is an absolute URL" };
    if (name === "requires" && !(typeof value === "string" && PUBLIC_ENV.test(value))) yield { path, message: "starts with GGUI_PUBLIC_APP_" };
  }
}

function* exported(exports: unknown): Generator<Violation> {
  if (!Array.isArray(exports) || exports.length === 0) return yield { path: "exports", message: "has one export at least" };
  const names = new Set<unknown>();
  for (const [index, entry] of (exports as Fields[]).entries()) {
    const path = `exports.${index}`;
    const { hook, component } = entry;
    if ((hook === undefined) === (component === undefined)) yield { path, message: "is either a hook or a component" };
    if (hook !== undefined && !(typeof hook === "string" && HOOK.test(hook))) yield { path: `${path}.hook`, message: "is called useName" };
    if (component !== undefined && !(typeof component === "string" && COMPONENT.test(component))) {
      yield { path: `${path}.component`, message: "is called Name" };
    }
    if (names.has(hook ?? component)) yield { path, message: "is exported twice" };
    names.add(hook ?? component);
    if (typeof entry["impl"] !== "function") yield { path: `${path}.impl`, message: "is a function" };
    for (const name of ["description", "usage"]) {
      if (typeof entry[name] !== "string" || entry[name] === "") yield { path: `${path}.${name}`, message: "is needed" };
    }
    if (entry["example"] === undefined) yield { path: `${path}.example`, message: "is needed" };
    const permission = entry["permission"];
    if (permission !== undefined && !PERMISSIONS.has(String(permission))) {
      yield { path: `${path}.permission`, message: `is one of ${[...PERMISSIONS].join(", ")}` };
    }
  }
}

function isUrl(value: unknown): boolean {
  return typeof value === "string" && URL.canParse(value);
}

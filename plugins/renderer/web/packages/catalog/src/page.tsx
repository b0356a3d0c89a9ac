import { Heading, Row, Stack, Text, Toggle } from "@ggui-ai/design";
import { Component, useEffect, useState, useSyncExternalStore, type ComponentType, type ReactNode } from "react";

import * as components from "./examples/components.tsx";
import * as composites from "./examples/composites.tsx";
import * as primitives from "./examples/primitives.tsx";
import * as templates from "./examples/templates.tsx";

/** What the build says of the catalog. */
export interface Told {
  readonly declarations: readonly { readonly name: string; readonly summary: string; readonly declaration: string }[];
  readonly types: readonly string[];
  /** The source of each example. */
  readonly examples: Readonly<Record<string, string>>;
}

type Examples = Readonly<Record<string, ComponentType>>;

const LEVELS: readonly (readonly [string, Examples])[] = [
  ["Primitives and traits", primitives],
  ["Components", components],
  ["Composites", composites],
  ["Templates", templates],
];

/** Examples are called after what they show: `Button_variants` is one of `Button`. */
function subjects(examples: Examples): string[] {
  return [...new Set(Object.keys(examples).map((name) => name.split("_")[0] ?? name))].sort();
}

/** The page: all names at the side, and what there is to one of them. */
export function Page({ told }: { told: Told }): ReactNode {
  const wanted = useSyncExternalStore(onHash, () => decodeURIComponent(location.hash.slice(1)));
  const [isDark, setDark] = useState(() => matchMedia("(prefers-color-scheme: dark)").matches);
  const [isReversed, setReversed] = useState(false);
  const all = LEVELS.flatMap(([, examples]) => subjects(examples));
  const name = all.includes(wanted) ? wanted : "Button";
  useEffect(() => {
    document.documentElement.dataset["theme"] = isDark ? "dark" : "light";
    document.documentElement.dir = isReversed ? "rtl" : "ltr";
    document.title = `${name} – ggui component catalog`;
  }, [isDark, isReversed, name]);
  return (
    <div className="cat">
      <nav className="cat-side" aria-label="Components">
        <Stack gap="sm">
          <Toggle size="sm" label="Dark" checked={isDark} onChange={setDark} />
          <Toggle size="sm" label="Right to left" checked={isReversed} onChange={setReversed} />
        </Stack>
        {LEVELS.map(([level, examples]) => (
          <section key={level}>
            <h2>{level}</h2>
            <ul>
              {subjects(examples).map((subject) => (
                <li key={subject}>
                  <a href={`#${subject}`} aria-current={subject === name ? "page" : undefined}>
                    {subject}
                  </a>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </nav>
      <main className="cat-main" key={name}>
        <Entry name={name} told={told} />
      </main>
    </div>
  );
}

/** A text of a documentation comment: what stands between backticks is code. */
function withCode(text: string): ReactNode {
  return text.split("`").map((part, place) => (place % 2 === 1 ? <code key={place}>{part}</code> : part));
}

function Entry({ name, told }: { name: string; told: Told }): ReactNode {
  const declared = told.declarations.find((entry) => entry.name === name);
  const examples = LEVELS.flatMap(([, all]) => Object.entries(all)).filter(([example]) => example.split("_")[0] === name);
  return (
    <Stack gap="lg">
      <Stack gap="xs">
        <Heading level={1}>{name}</Heading>
        <Text tone="muted">{withCode(declared?.summary ?? "")}</Text>
      </Stack>
      {examples.map(([example, Example]) => (
        <section key={example} aria-label={example.replaceAll("_", " ")}>
          <Stack gap="xs">
            <div className="cat-demo" data-example={example}>
              <Fence><Example /></Fence>
            </div>
            <details>
              <summary>Source of “{example.split("_").slice(1).join(" ")}”</summary>
              <pre tabIndex={0}><code>{told.examples[example]}</code></pre>
            </details>
          </Stack>
        </section>
      ))}
      {declared !== undefined && (
        <section aria-label="Props">
          <pre tabIndex={0}><code>{[declared.declaration, ...typesOf(declared.declaration, told.types)].join("\n\n")}</code></pre>
        </section>
      )}
      <Row gap="xs"><Text size="sm" tone="muted">{`import { ${name} } from "@ggui-ai/design";`}</Text></Row>
    </Stack>
  );
}

/** The types that a declaration mentions, and those that these mention in turn. */
function typesOf(declaration: string, types: readonly string[]): string[] {
  const found: string[] = [];
  const pending = [declaration];
  for (let text = pending.pop(); text !== undefined; text = pending.pop()) {
    for (const type of types) {
      const name = /^(?:interface|type) (\w+)/.exec(type)?.[1];
      if (name === undefined || found.includes(type) || !new RegExp(`\\b${name}\\b`).test(text)) continue;
      found.push(type);
      pending.push(type);
    }
  }
  return found;
}

/** An example that breaks says so, and leaves the page. */
class Fence extends Component<{ children: ReactNode }, { error: Error | undefined }> {
  override state: { error: Error | undefined } = { error: undefined };

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  override render(): ReactNode {
    return this.state.error === undefined ? this.props.children : <Text tone="error">{String(this.state.error)}</Text>;
  }
}

function onHash(listener: () => void): () => void {
  addEventListener("hashchange", listener);
  return () => removeEventListener("hashchange", listener);
}

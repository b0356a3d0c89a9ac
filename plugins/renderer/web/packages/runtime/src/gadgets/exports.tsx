import { Component, createElement, type ComponentType, type ReactNode } from "react";

import { MESSAGES } from "../messages.ts";

type Exports = Readonly<Record<string, unknown>>;

/** Told of a gadget that does not do what it should. */
export type Report = (code: string, message: string) => void;

/** The exports of a package that is here: its components keep what they throw to themselves. */
export function guarded(packageName: string, exports: Exports, report: Report): Exports {
  const entries = Object.entries(exports).map(([name, value]) => [
    name,
    isComponentName(name) && isComponent(value) ? withGuard(packageName, name, value, report) : value,
  ]);
  return Object.freeze(Object.fromEntries(entries)) as Exports;
}

/** What stands for a package that did not load: boxes for its components, and hooks that say so. */
export function missing(packageName: string, reason: string): Exports {
  const known = new Map<string, unknown>();
  const stand = (name: string): unknown => {
    if (isComponentName(name)) return () => <GadgetBox packageName={packageName} name={name} reason={reason} />;
    return () => {
      throw new Error(`The gadget '${name}' of '${packageName}' is not loaded. ${reason}`);
    };
  };
  return new Proxy({} as Exports, {
    has: (_, name) => typeof name === "string",
    get: (_, name) => {
      if (typeof name !== "string") return undefined;
      if (!known.has(name)) known.set(name, stand(name));
      return known.get(name);
    },
  });
}

function withGuard(packageName: string, name: string, component: unknown, report: Report): ComponentType<Record<string, unknown>> {
  function Gadget(props: Record<string, unknown>): ReactNode {
    return (
      <Guard packageName={packageName} name={name} report={report}>
        {createElement(component as ComponentType<Record<string, unknown>>, props)}
      </Guard>
    );
  }
  Gadget.displayName = name;
  return Gadget;
}

interface GuardProps {
  readonly packageName: string;
  readonly name: string;
  readonly report: Report;
  readonly children: ReactNode;
}

/** A gadget that throws must not take the card with it. */
class Guard extends Component<GuardProps, { readonly error: Error | undefined }> {
  override state: { readonly error: Error | undefined } = { error: undefined };

  static getDerivedStateFromError(thrown: unknown): { readonly error: Error } {
    return { error: thrown instanceof Error ? thrown : new Error(String(thrown)) };
  }

  override componentDidCatch(thrown: unknown): void {
    const { packageName, name, report } = this.props;
    report("GADGET_COMPONENT_FAILED", `The gadget '${name}' of '${packageName}' failed: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }

  override render(): ReactNode {
    const { packageName, name, children } = this.props;
    const { error } = this.state;
    return error === undefined ? children : <GadgetBox packageName={packageName} name={name} reason={error.message} />;
  }
}

function GadgetBox({ packageName, name, reason }: { packageName: string; name: string; reason: string }): ReactNode {
  return (
    <div className="ggui-gadget-missing" role="alert" data-ggui-gadget={`${packageName} ${name}`}>
      <p>{MESSAGES.gadgetMissing}</p>
      <details>
        <summary>{MESSAGES.details}</summary>
        <pre>{`${packageName} ${name}\n${reason}`}</pre>
      </details>
    </div>
  );
}

function isComponentName(name: string): boolean {
  return /^[A-Z][A-Za-z0-9]*$/.test(name);
}

function isComponent(value: unknown): boolean {
  return typeof value === "function" || (typeof value === "object" && value !== null && "$$typeof" in value);
}

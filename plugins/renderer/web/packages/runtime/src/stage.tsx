import { Skeleton, Tag } from "@ggui-ai/design";
import { GguiWireProvider, type WireConfig, type Writable } from "@ggui-ai/wire";
import { createElement, Fragment, useEffect, useMemo, useState, useSyncExternalStore, type ComponentType, type ReactNode } from "react";
import { createRoot, type Root } from "react-dom/client";

import { Boundary, Painted } from "./boundary.tsx";
import { FailureCard, type Failure } from "./failure_card.tsx";
import type { JsonObject } from "./json.ts";
import { MESSAGES } from "./messages.ts";
import { slotContext } from "./namespaces.ts";
import { SystemCard, type SystemSurroundings } from "./system_card.tsx";

/** A slot as its React context is named. */
export interface NamedSlot {
  readonly contextName: string;
  readonly slot: Writable<unknown>;
}

/** What is on the stage. */
export type Scene =
  | { readonly shows: "nothing" }
  | {
      readonly shows: "component";
      readonly component: unknown;
      /** Identifies the code; another one starts over. */
      readonly code: string;
      readonly props: JsonObject;
      readonly config: WireConfig;
      readonly slots: readonly NamedSlot[];
      onPainted(): void;
      onFailed(error: Error): void;
    }
  | { readonly shows: "system"; readonly kind: string; readonly content: JsonObject; readonly surroundings: SystemSurroundings; onPainted(): void }
  | { readonly shows: "failure"; readonly failure: Failure; readonly retry: (() => void) | undefined };

/** The one React root of the document, and what it shows. */
export class Stage {
  readonly #root: Root;
  readonly #mount: HTMLElement;
  #scene: Scene = { shows: "nothing" };
  #frozen = false;
  /** Grows with each change of the props: what failed with the old ones gets another chance. */
  #revision = 0;
  readonly #listeners = new Set<() => void>();

  constructor(mount: HTMLElement) {
    this.#mount = mount;
    this.#root = createRoot(mount);
    this.#root.render(<Theatre stage={this} />);
  }

  get scene(): Scene {
    return this.#scene;
  }

  show(scene: Scene): void {
    this.#scene = scene;
    this.#revision += 1;
    this.#changed();
  }

  /** Replace the props of the component; its state is kept. */
  setProps(props: JsonObject): void {
    if (this.#scene.shows !== "component") return;
    this.#scene = { ...this.#scene, props };
    this.#revision += 1;
    this.#changed();
  }

  /** A newer card has taken over: this one stays as it is, for good. */
  freeze(): void {
    if (this.#frozen) return;
    this.#frozen = true;
    this.#changed();
  }

  get isFrozen(): boolean {
    return this.#frozen;
  }

  close(): void {
    this.#root.unmount();
    this.#mount.replaceChildren();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly version = (): string => `${this.#revision}${this.#frozen ? "f" : ""}`;

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

function Theatre({ stage }: { stage: Stage }): ReactNode {
  const version = useSyncExternalStore(stage.subscribe, stage.version);
  const { scene, isFrozen } = stage;
  return (
    <>
      {isFrozen && (
        <div className="ggui-freeze-note">
          <Tag variant="info">{MESSAGES.superseded}</Tag>
        </div>
      )}
      <div className={isFrozen ? "ggui-frozen" : undefined} inert={isFrozen}>
        <Shown scene={scene} version={version} />
      </div>
    </>
  );
}

function Shown({ scene, version }: { scene: Scene; version: string }): ReactNode {
  switch (scene.shows) {
    case "nothing":
      return <Waiting />;
    case "failure":
      return <FailureCard failure={scene.failure} onRetry={scene.retry} />;
    case "system":
      return (
        <>
          <SystemCard kind={scene.kind} content={scene.content} surroundings={scene.surroundings} />
          <Painted onPainted={scene.onPainted} />
        </>
      );
    case "component":
      return <Mounted key={scene.code} scene={scene} version={version} />;
  }
}

function Mounted({ scene, version }: { scene: Extract<Scene, { shows: "component" }>; version: string }): ReactNode {
  const { component, props, config, slots, onPainted, onFailed } = scene;
  const tree = (
    <Boundary
      resetKey={version}
      onFailed={onFailed}
      failure={(error, retry) => (
        <FailureCard failure={{ kind: "render", code: "COMPONENT_RENDER_FAILED", detail: error.message }} onRetry={retry} />
      )}
    >
      {createElement(component as ComponentType<JsonObject>, props)}
      <Painted onPainted={onPainted} />
    </Boundary>
  );
  return (
    <GguiWireProvider config={config}>
      {slots.reduceRight<ReactNode>((inner, named) => <SlotProvider named={named}>{inner}</SlotProvider>, tree)}
    </GguiWireProvider>
  );
}

/** For components that read a slot through `__ggui__.contexts`: its value and its setter. */
function SlotProvider({ named: { contextName, slot }, children }: { named: NamedSlot; children: ReactNode }): ReactNode {
  const value = useSyncExternalStore(slot.subscribe, slot.get);
  const pair = useMemo(() => [value, slot.set] as const, [value, slot]);
  const Provider = slotContext(contextName);
  return <Provider value={pair}>{children}</Provider>;
}

const SHOW_WAITING_AFTER_MS = 400;

/** A card that is there at once needs no skeleton before; a document with something of its own to show, none at all. */
function Waiting(): ReactNode {
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), SHOW_WAITING_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  if (!isLate) return <Fragment />;
  return (
    <div className="ggui-waiting" role="status">
      <span className="ggui-sr">{MESSAGES.waitingForHost}</span>
      <Skeleton variant="text" width="40%" height={20} />
      <Skeleton variant="text" />
      <Skeleton variant="text" width="75%" />
    </div>
  );
}

import { useRef, useSyncExternalStore, type CSSProperties, type ReactNode } from "react";

const QUERY = "(prefers-reduced-motion: reduce)";

/** Where motion is welcome: whether it is not, and the style of an animation, which is empty then. */
export interface Motion {
  readonly isReduced: boolean;
  animate(keyframes: string, durationMs?: number, easing?: string): CSSProperties;
}

export interface MotionKeyframesProps {
  name?: string;
  /** Styles by the stop they belong to: `from`, `50%`, `to`. */
  frames?: Readonly<Record<string, Readonly<Record<string, string | number>>>>;
}

/** Keyframes under a name, for `useMotion`; those of the catalog (`ggui-spin`, `ggui-pulse`, `ggui-rise`) are always there. */
export function MotionKeyframes({ name, frames }: MotionKeyframesProps): ReactNode {
  if (name === undefined || frames === undefined || !/^[\w-]+$/.test(name)) return null;
  const stops = Object.entries(frames).map(([stop, rules]) => `${stop}{${declarations(rules)}}`);
  return <style>{`@keyframes ${name}{${stops.join("")}}`.replace(/</g, "")}</style>;
}

/** Animations that stand still for whom motion disturbs. */
export function useMotion(): Motion {
  const isReduced = useSyncExternalStore(subscribe, () => matchMedia(QUERY).matches, () => false);
  return {
    isReduced,
    animate: (keyframes, durationMs = 200, easing = "var(--ggui-motion-easing-default)") =>
      isReduced ? {} : { animation: `${keyframes} ${durationMs}ms ${easing} both` },
  };
}

/** A key that changes with `value`: an element with it starts its animation again. */
export function useAnimationKey(value: unknown): number {
  const last = useRef({ value, key: 0 });
  if (!Object.is(last.current.value, value)) last.current = { value, key: last.current.key + 1 };
  return last.current.key;
}

function subscribe(listener: () => void): () => void {
  const query = matchMedia(QUERY);
  query.addEventListener("change", listener);
  return () => query.removeEventListener("change", listener);
}

function declarations(rules: Readonly<Record<string, string | number>>): string {
  const dashed = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return Object.entries(rules).map(([name, value]) => `${dashed(name)}:${value}`).join(";");
}

import type { CSSProperties, ElementType, ReactNode } from "react";

/** What every entry of the catalog accepts. */
export interface Styled {
  style?: CSSProperties;
  className?: string;
  children?: ReactNode;
  id?: string;
  [attribute: `data-${string}`]: unknown;
  [attribute: `aria-${string}`]: unknown;
}

/** For entries that may be another element, such as a `section`. */
export interface Polymorphic extends Styled {
  as?: ElementType;
}

/** A style object without its absent members, the caller's own last. */
export function styles(own: Record<string, string | number | undefined>, given?: CSSProperties): CSSProperties {
  return { ...(Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined)) as CSSProperties), ...given };
}

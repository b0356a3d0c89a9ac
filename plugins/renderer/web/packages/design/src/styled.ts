import type { CSSProperties, ElementType, ReactNode } from "react";

/** What every entry of the catalog accepts. */
export interface Styled {
  style?: CSSProperties;
  className?: string;
  children?: ReactNode;
  id?: string;
  role?: string;
  [attribute: `data-${string}`]: unknown;
  [attribute: `aria-${string}`]: unknown;
}

/** For entries that may be another element, such as a `section`. */
export interface Polymorphic extends Styled, Acting {
  as?: ElementType;
}

/** What the traits `Clickable`, `Hoverable` and `Pressable` take, where one of them is the element. */
export interface Acting {
  onClick?: (event: never) => void;
  onPress?: () => void;
  onLongPress?: () => void;
  onHoverChange?: (isOver: boolean) => void;
  longPressDelay?: number;
  hoverStyle?: CSSProperties;
  activeStyle?: CSSProperties;
  pressStyle?: CSSProperties;
  disabled?: boolean;
  tabIndex?: number;
}

/** A style object without its absent members, the caller's own last. */
export function styles(own: Record<string, string | number | undefined>, given?: CSSProperties): CSSProperties {
  return { ...(Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined)) as CSSProperties), ...given };
}

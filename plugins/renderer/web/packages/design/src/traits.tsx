import { useEffect, useRef, useState, type CSSProperties, type KeyboardEvent, type MouseEvent, type ReactNode } from "react";

import { classes } from "./scales.ts";
import type { Styled } from "./styled.ts";

export const traitsCss = `
.ggui-acts{cursor:pointer;-webkit-tap-highlight-color:transparent;touch-action:manipulation;transition:var(--ggui-motion-transition-fast)}
.ggui-acts:hover{border-color:var(--ggui-color-outline)}
.ggui-acts[aria-disabled=true]{cursor:not-allowed;opacity:.6}
`;

export interface ClickableProps extends Styled {
  onClick?: (event: MouseEvent<HTMLElement> | KeyboardEvent<HTMLElement>) => void;
  onDoubleClick?: (event: MouseEvent<HTMLElement>) => void;
  hoverStyle?: CSSProperties;
  activeStyle?: CSSProperties;
  cursor?: CSSProperties["cursor"];
  transition?: CSSProperties["transition"];
  disabled?: boolean;
  role?: string;
  tabIndex?: number;
}

/** For `as={Clickable}`: a block that can be clicked, also with Enter and Space. Controls inside it keep their own keys. */
export function Clickable(props: ClickableProps): ReactNode {
  const { onClick, onDoubleClick, hoverStyle, activeStyle, cursor, transition, disabled = false, role = "button", tabIndex = 0, style, className, ...rest } = props;
  const { isOver, isDown, handlers } = usePointer();
  const state = disabled ? undefined : { ...(isOver ? hoverStyle : undefined), ...(isDown ? activeStyle : undefined) };
  return (
    <div
      role={role}
      tabIndex={disabled ? -1 : tabIndex}
      aria-disabled={disabled || undefined}
      className={classes("ggui-acts", className)}
      style={{ ...style, ...(cursor === undefined ? undefined : { cursor }), ...(transition === undefined ? undefined : { transition }), ...state }}
      {...handlers}
      onClick={(event) => !disabled && onClick?.(event)}
      onDoubleClick={(event) => !disabled && onDoubleClick?.(event)}
      onKeyDown={(event) => {
        if (disabled || event.target !== event.currentTarget || (event.key !== "Enter" && event.key !== " ")) return;
        event.preventDefault();
        onClick?.(event);
      }}
      {...rest}
    />
  );
}

export interface HoverableProps extends Styled {
  hoverStyle?: CSSProperties;
  onHoverChange?: (isOver: boolean) => void;
}

/** For `as={Hoverable}`: a block that changes under the pointer. */
export function Hoverable({ hoverStyle, onHoverChange, style, ...rest }: HoverableProps): ReactNode {
  const { isOver, handlers } = usePointer(onHoverChange);
  return <div style={{ ...style, ...(isOver ? hoverStyle : undefined) }} {...handlers} {...rest} />;
}

export interface PressableProps extends Styled {
  onPress?: () => void;
  onLongPress?: () => void;
  /** Milliseconds. */
  longPressDelay?: number;
  hoverStyle?: CSSProperties;
  pressStyle?: CSSProperties;
  disabled?: boolean;
}

/** For `as={Pressable}`: a block that is pressed, shortly or for long. Shift+Enter stands for the long press. */
export function Pressable(props: PressableProps): ReactNode {
  const { onPress, onLongPress, longPressDelay = 500, hoverStyle, pressStyle, disabled = false, style, className, ...rest } = props;
  const { isOver, isDown, handlers } = usePointer();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const wasLong = useRef(false);
  useEffect(() => {
    clearTimeout(timer.current);
    if (!isDown || disabled || onLongPress === undefined) return;
    wasLong.current = false;
    timer.current = setTimeout(() => {
      wasLong.current = true;
      onLongPress();
    }, longPressDelay);
    return () => clearTimeout(timer.current);
  }, [isDown, disabled, longPressDelay]);
  return (
    <div
      role="button"
      tabIndex={disabled ? -1 : 0}
      aria-disabled={disabled || undefined}
      className={classes("ggui-acts", className)}
      style={{ ...style, ...(isOver && !disabled ? hoverStyle : undefined), ...(isDown && !disabled ? pressStyle : undefined) }}
      {...handlers}
      onClick={() => {
        if (!disabled && !wasLong.current) onPress?.();
        wasLong.current = false;
      }}
      onKeyDown={(event) => {
        if (disabled || event.target !== event.currentTarget || (event.key !== "Enter" && event.key !== " ")) return;
        event.preventDefault();
        if (event.shiftKey) onLongPress?.();
        else onPress?.();
      }}
      {...rest}
    />
  );
}

function usePointer(onHoverChange?: (isOver: boolean) => void): { isOver: boolean; isDown: boolean; handlers: object } {
  const [isOver, setOver] = useState(false);
  const [isDown, setDown] = useState(false);
  const over = (next: boolean) => (): void => {
    setOver(next);
    if (!next) setDown(false);
    onHoverChange?.(next);
  };
  return {
    isOver,
    isDown,
    handlers: { onPointerEnter: over(true), onPointerLeave: over(false), onPointerDown: () => setDown(true), onPointerUp: () => setDown(false), onPointerCancel: () => setDown(false) },
  };
}

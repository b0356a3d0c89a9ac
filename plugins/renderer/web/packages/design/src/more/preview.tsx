import { type Styled } from "@ggui-ai/design";
import { classes } from "@ggui-ai/design/internal.ts";
import { type ReactNode } from "react";

import { renderRichTextInlines } from "./markdown.tsx";

export const previewCss = `
.ggui-preview{display:flex;flex-direction:column;gap:var(--ggui-spacing-3);min-height:3rem;opacity:.85}
.ggui-preview[inert]{pointer-events:none}
.ggui-enter{animation:ggui-rise var(--ggui-motion-duration-slow) var(--ggui-motion-easing-default) both}
.ggui-caret::after{content:"";display:inline-block;width:.5em;height:1em;margin-inline-start:.15em;vertical-align:-.125em;background:currentColor;animation:ggui-pulse 1s steps(2) infinite}
.ggui-crossfade{display:grid}
.ggui-crossfade>*{grid-area:1/1}
`;

/** The place of something that is being made: shown, but not to be used yet. */
export function PreviewSurface({ className, children, ...rest }: Styled): ReactNode {
  return (
    <div className={classes("ggui-preview", className)} aria-busy="true" inert {...rest}>
      {children}
    </div>
  );
}

export interface PreviewFragmentEnterProps extends Styled {
  /** Milliseconds until it comes in. */
  delay?: number;
}

/** Lets a piece of a preview come in. */
export function PreviewFragmentEnter({ delay = 0, className, style, ...rest }: PreviewFragmentEnterProps): ReactNode {
  return <div className={classes("ggui-enter", className)} style={{ ...style, animationDelay: `${delay}ms` }} {...rest} />;
}

export interface StreamingTextProps extends Omit<Styled, "children"> {
  text?: string;
  children?: string;
  isComplete?: boolean;
}

/** Text as it arrives, with a mark at its end until all of it is there. */
export function StreamingText({ text, children, isComplete = false, className, ...rest }: StreamingTextProps): ReactNode {
  return (
    <span className={classes(!isComplete && "ggui-caret", className)} aria-busy={!isComplete || undefined} {...rest}>
      {renderRichTextInlines(text ?? children ?? "")}
    </span>
  );
}

export interface CrossfadeProps extends Styled {
  /** What is shown is another thing when this changes. */
  id?: string;
}

/** What comes next fades in over what was before. */
export function Crossfade({ id = "", className, children, ...rest }: CrossfadeProps): ReactNode {
  return (
    <div className={classes("ggui-crossfade", className)} {...rest}>
      <div key={id} className="ggui-enter">
        {children}
      </div>
    </div>
  );
}

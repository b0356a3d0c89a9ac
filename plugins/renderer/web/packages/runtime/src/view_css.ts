/** What the view adds to the catalog: the frame of a card, its failure cards, its notices. */
export const viewCss = `
html{background:var(--ggui-shell-background,var(--ggui-color-surface))}
html,body{height:auto}
body{display:flow-root;background:transparent}
[data-ggui-session-root]{display:flow-root;position:relative;padding:clamp(8px,2.5vw,16px)}
[data-ggui-session-root]:empty{padding:0}
[data-display-mode=fullscreen] body{min-height:100vh;min-height:100dvh}
.ggui-frozen{pointer-events:none;opacity:.55;filter:grayscale(.4);transition:opacity var(--ggui-motion-duration-normal)}
.ggui-freeze-note{display:flex;justify-content:center;padding:var(--ggui-spacing-2)}
.ggui-failure{display:flex;flex-direction:column;align-items:flex-start;gap:var(--ggui-spacing-3);
padding:var(--ggui-spacing-5);border:1px solid var(--ggui-color-outlineVariant);border-radius:var(--ggui-shape-radius-lg);
background:var(--ggui-color-surface);color:var(--ggui-color-onSurface)}
.ggui-failure-body{display:flex;flex-direction:column;gap:var(--ggui-spacing-1);max-width:38rem}
.ggui-failure details{width:100%;font-size:var(--ggui-font-size-sm);color:var(--ggui-color-onSurfaceVariant)}
.ggui-failure summary{cursor:pointer;width:max-content;max-width:100%;border-radius:var(--ggui-shape-radius-sm)}
.ggui-failure pre{margin:var(--ggui-spacing-2) 0 0;padding:var(--ggui-spacing-3);max-height:14rem;overflow:auto;white-space:pre-wrap;
overflow-wrap:anywhere;background:var(--ggui-color-surfaceVariant);border-radius:var(--ggui-shape-radius-md)}
.ggui-gadget-missing{padding:var(--ggui-spacing-3);border:1px dashed var(--ggui-color-outline);border-radius:var(--ggui-shape-radius-md);
color:var(--ggui-color-onSurfaceVariant);font-size:var(--ggui-font-size-sm)}
.ggui-gadget-missing p{margin:0}
.ggui-gadget-missing summary{cursor:pointer;width:max-content;max-width:100%}
.ggui-gadget-missing pre{margin:var(--ggui-spacing-2) 0 0;white-space:pre-wrap;overflow-wrap:anywhere}
.ggui-notice-transient{position:fixed;inset-inline:0;bottom:10px;display:flex;justify-content:center;pointer-events:none;
z-index:2147483646;padding-inline:10px}
.ggui-notice-pill{max-width:100%;padding:.3125rem .75rem;border-radius:var(--ggui-shape-radius-full);
background:var(--ggui-color-onSurface);color:var(--ggui-color-surface);font-size:var(--ggui-font-size-sm);line-height:1.4;
overflow:hidden;text-overflow:ellipsis;white-space:nowrap;animation:ggui-rise var(--ggui-motion-duration-normal) var(--ggui-motion-easing-default)}
.ggui-notice-error .ggui-notice-pill{background:var(--ggui-color-error-700);color:var(--ggui-color-error-50);white-space:normal;border-radius:var(--ggui-shape-radius-xl)}
.ggui-notice-lasting{position:relative;z-index:2147483646;display:flex;align-items:center;gap:var(--ggui-spacing-2);width:auto;
margin:0 clamp(8px,2.5vw,16px) clamp(8px,2.5vw,16px);padding:var(--ggui-spacing-2) var(--ggui-spacing-3);
border:1px solid var(--ggui-color-info-200);border-radius:var(--ggui-shape-radius-lg);background:var(--ggui-color-info-50);
color:var(--ggui-color-info-800);font-size:var(--ggui-font-size-sm);line-height:1.4;cursor:pointer;text-align:start}
.ggui-notice-lasting[data-ggui-notice=failed]{border-color:var(--ggui-color-error-200);background:var(--ggui-color-error-50);
color:var(--ggui-color-error-800)}
.ggui-notice-lasting-close{margin-inline-start:auto;flex:none;opacity:.7}
.ggui-notice-pulse{animation:ggui-pulse 400ms ease-in-out 1}
.ggui-waiting{display:flex;flex-direction:column;gap:var(--ggui-spacing-3);padding:var(--ggui-spacing-5)}
`;

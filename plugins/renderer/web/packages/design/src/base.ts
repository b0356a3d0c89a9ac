/** The ground: typography of the page, focus, motion, and what only screen readers get. */
export const baseCss = `
:root{font-size:16px;-webkit-text-size-adjust:100%;text-size-adjust:100%}
*,*::before,*::after{box-sizing:border-box}
body{margin:0;font-family:var(--ggui-font-family-sans);font-size:var(--ggui-font-size-base);
line-height:var(--ggui-font-lineHeight-normal);color:var(--ggui-color-onSurface);
-webkit-font-smoothing:antialiased;-moz-osx-font-smoothing:grayscale;overflow-wrap:break-word}
button,input,select,textarea{font:inherit;color:inherit;letter-spacing:inherit}
a{color:var(--ggui-color-info-600)}
code,pre,kbd,samp{font-family:var(--ggui-font-family-mono);font-size:.9286em}
img,video,svg,canvas{max-width:100%}
:focus-visible{outline:var(--ggui-accessibility-focusRing-width) solid var(--ggui-accessibility-focusRing-color);
outline-offset:var(--ggui-accessibility-focusRing-offset)}
::selection{background:var(--ggui-color-info-200)}
::placeholder{color:var(--ggui-color-neutral-500);opacity:1}
[hidden]{display:none!important}
.ggui-sr{position:absolute!important;width:1px;height:1px;margin:-1px;padding:0;border:0;overflow:hidden;
clip-path:inset(50%);white-space:nowrap}
@keyframes ggui-spin{to{transform:rotate(360deg)}}
@keyframes ggui-pulse{50%{opacity:.45}}
@keyframes ggui-sweep{from{transform:translateX(-100%)}to{transform:translateX(250%)}}
@keyframes ggui-rise{from{opacity:0;transform:translateY(4px)}}
@media (prefers-reduced-motion:reduce){
*,*::before,*::after{animation-duration:.01ms!important;animation-iteration-count:1!important;
transition-duration:.01ms!important;scroll-behavior:auto!important}
.ggui-spinner svg{animation:ggui-spin 1.6s steps(8) infinite!important}
}
@media (forced-colors:active){
.ggui-button,.ggui-control,.ggui-badge,.ggui-tag,.ggui-alert,.ggui-card{border:1px solid}
}
`;

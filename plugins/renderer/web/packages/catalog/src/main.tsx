import * as icons from "@ggui-ai/design/icons/index.ts";
import * as more from "@ggui-ai/design/more/index.ts";
import { partsFrom } from "@ggui-ai/design/on_demand.tsx";
import { ggui } from "@ggui-ai/design/preset.ts";
import { stylesheet } from "@ggui-ai/design/stylesheet.ts";
import { createRoot } from "react-dom/client";

import { Page, type Told } from "./page.tsx";

/** Draw the page; everything it needs is in this file and in the document around it. */
function start(): void {
  partsFrom((name) => Promise.resolve(name === "more" ? more : icons));
  const variables = (mode: "light" | "dark"): string => Object.entries(ggui[mode]).map(([name, value]) => `${name}:${value}`).join(";");
  const style = document.createElement("style");
  style.textContent = `:root{color-scheme:light;${variables("light")}}:root[data-theme=dark]{color-scheme:dark;${variables("dark")}}${stylesheet}${PAGE_CSS}`;
  document.head.append(style);
  const told = JSON.parse(document.getElementById("told")?.textContent ?? "{}") as Told;
  const mount = document.getElementById("catalog");
  if (mount !== null) createRoot(mount).render(<Page told={told} />);
}

const PAGE_CSS = `
body{background:var(--ggui-color-surface)}
.cat{display:grid;grid-template-columns:15rem minmax(0,1fr);min-height:100vh}
.cat-side{position:sticky;top:0;height:100vh;overflow-y:auto;padding:var(--ggui-spacing-4);border-inline-end:1px solid var(--ggui-color-outlineVariant)}
.cat-side h2{margin:var(--ggui-spacing-4) 0 var(--ggui-spacing-1);font-size:var(--ggui-font-size-sm);font-weight:var(--ggui-font-weight-medium);color:var(--ggui-color-onSurfaceVariant)}
.cat-side ul{list-style:none;margin:0;padding:0}
.cat-side a{display:block;padding:.25rem .5rem;border-radius:var(--ggui-shape-radius-lg);color:inherit;text-decoration:none}
.cat-side a:hover{background:var(--ggui-color-surfaceVariant)}
.cat-side a[aria-current]{background:var(--ggui-color-primary-500);color:var(--ggui-color-onPrimary)}
.cat-main{padding:var(--ggui-spacing-6);min-width:0;max-width:60rem}
.cat-demo{padding:var(--ggui-spacing-5);border:1px solid var(--ggui-color-outlineVariant);border-radius:var(--ggui-shape-radius-xl)}
.cat pre{margin:0;padding:var(--ggui-spacing-4);overflow-x:auto;background:var(--ggui-color-surfaceVariant);border-radius:var(--ggui-shape-radius-lg);font-size:var(--ggui-font-size-sm);line-height:1.5}
.cat summary{cursor:pointer;font-size:var(--ggui-font-size-sm);color:var(--ggui-color-onSurfaceVariant);padding:var(--ggui-spacing-2) 0;width:max-content;max-width:100%}
.cat details[open] summary{margin-bottom:var(--ggui-spacing-2)}
@media (max-width:700px){.cat{grid-template-columns:minmax(0,1fr)}.cat-side{position:static;height:auto;max-height:14rem;border-inline-end:0;border-bottom:1px solid var(--ggui-color-outlineVariant)}.cat-main{padding:var(--ggui-spacing-4)}}
`;

start();

"""Components as the compiler emits them: minified ES modules whose bare imports remain."""

GREETING = (
    'import{jsx as e,jsxs as t}from"react/jsx-runtime";import{useState as n}from"react";'
    'import{Card as r,Heading as o,Button as i}from"@ggui-ai/design";'
    "globalThis.evaluations=(globalThis.evaluations??0)+1;"
    'function c({title:l}){let[a,s]=n(0);return t(r,{children:[e(o,{level:2,children:l??"no title"}),'
    'e(i,{onPress:()=>s(a+1),children:"Count "+a})]})}export{c as default};'
)
"""Shows its title, and a counter whose state a repaint must keep."""

ORDER = (
    'import{jsx as e,jsxs as t}from"react/jsx-runtime";import{useState as n}from"react";'
    'import{Stack as r,Text as o,Button as i}from"@ggui-ai/design";import{useAction as c}from"@ggui-ai/wire";'
    'function l({id:a}){let s=c("approve"),d=c("ping"),[u,p]=n("none");'
    "return t(r,{children:["
    'e(i,{onPress:()=>{s({id:a}).then(m=>p(JSON.stringify(m)))},children:"Approve"}),'
    'e("div",{onClick:()=>d(),children:e("button",{onClick:d,children:"Nested"})}),'
    'e(o,{"data-testid":"outcome",children:u})]})}export{l as default};'
)
"""A gesture with a payload, whose outcome it shows; and nested elements that both send the same."""

NOTE = (
    'import{jsx as e,jsxs as t}from"react/jsx-runtime";import{Stack as n,Input as r,Text as o}from"@ggui-ai/design";'
    'import{useGguiContext as i,useAction as c}from"@ggui-ai/wire";'
    'function l(){let[a,s]=i("note"),[d]=i("note"),u=c("save");return t(n,{children:['
    'e(r,{label:"Note",value:a,onChange:s}),e(o,{"data-testid":"mirror",children:d}),'
    'e("button",{onClick:()=>u(),children:"Save"})]})}export{l as default};'
)
"""A context slot with two readers."""

LOG = (
    'import{jsx as e,jsxs as t}from"react/jsx-runtime";import{useStream as n,useRender as r}from"@ggui-ai/wire";'
    'function o({title:l}){let i=n("log"),{isConnected:c}=r();return t("div",{children:[e("h2",{children:l}),'
    'e("p",{"data-testid":"stream",children:JSON.stringify([i.latest,i.all,i.isComplete])}),'
    'e("p",{"data-testid":"connected",children:String(c)})]})}export{o as default};'
)
"""What a stream delivered, and whether updates arrive."""

THROWS = 'import"react";throw new Error("no luck at the top level");export default()=>null;'
"""Cannot be evaluated."""

BREAKS = (
    'import{jsx as e}from"react/jsx-runtime";'
    'function t({ok:n}){if(!n)throw new Error("no luck while rendering");return e("h2",{children:"Fine now"})}'
    "export{t as default};"
)
"""Throws while rendering until its props say ``ok``."""

LINKS = (
    'import{jsx as e,jsxs as t}from"react/jsx-runtime";import{Link as n}from"@ggui-ai/design";'
    'function r(){return t("div",{children:['
    'e(n,{href:"https://example.com/a",children:"Away"}),'
    'e("a",{href:"https://example.com/b",onClick:i=>i.preventDefault(),children:"Prevented"}),'
    'e("a",{href:"https://example.com/c",onClick:i=>i.stopPropagation(),children:"Stopped"}),'
    'e(n,{href:"javascript:alert(1)",children:"Script"}),'
    'e("button",{onClick:()=>document.documentElement.requestFullscreen(),children:"Full"})]})}export{r as default};'
)
"""Ways out of the sandbox."""

TALL = (
    'import{jsx as e}from"react/jsx-runtime";'
    'export default function t(){return e("div",{style:{minHeight:"100vh",padding:20},children:"As high as the view"})}'
)
"""Follows the viewport, which a host sets from the reported height."""

import { Link, type Styled } from "@ggui-ai/design";
import { classes } from "@ggui-ai/design/internal.ts";
import { Fragment, type ReactNode } from "react";

export const markdownCss = `
.ggui-markdown{display:flow-root;overflow-wrap:anywhere;max-width:75ch}
.ggui-markdown>*{margin:0}
.ggui-markdown>*+*{margin-top:var(--ggui-spacing-3)}
.ggui-markdown>:is(h1,h2,h3,h4,h5,h6){line-height:var(--ggui-font-lineHeight-tight);font-weight:var(--ggui-font-weight-semibold)}
.ggui-markdown>*+:is(h1,h2,h3,h4,h5,h6){margin-top:var(--ggui-spacing-5)}
.ggui-markdown h1{font-size:var(--ggui-font-size-2xl)}.ggui-markdown h2{font-size:var(--ggui-font-size-xl)}
.ggui-markdown h3{font-size:var(--ggui-font-size-lg)}.ggui-markdown :is(h4,h5,h6){font-size:var(--ggui-font-size-base)}
.ggui-markdown :is(ul,ol){padding-inline-start:1.5em}
.ggui-markdown li :is(ul,ol){margin:0}
.ggui-markdown blockquote{padding-inline-start:var(--ggui-spacing-4);border-inline-start:3px solid var(--ggui-color-outlineVariant);color:var(--ggui-color-onSurfaceVariant)}
.ggui-markdown pre{padding:var(--ggui-spacing-3);overflow-x:auto;border-radius:var(--ggui-shape-radius-lg);background:var(--ggui-color-surfaceVariant);overflow-wrap:normal}
.ggui-markdown :not(pre)>code{padding:.1em .35em;border-radius:var(--ggui-shape-radius-sm);background:var(--ggui-color-surfaceVariant)}
.ggui-markdown hr{border:0;height:1px;background:var(--ggui-color-outlineVariant)}
.ggui-markdown-table{overflow-x:auto}
.ggui-markdown table{border-collapse:collapse}
.ggui-markdown :is(th,td){padding:.25rem .75rem .25rem 0;border-bottom:1px solid var(--ggui-color-outlineVariant);text-align:start}
`;

export interface MarkdownProps extends Omit<Styled, "children"> {
  children?: string | null;
  content?: string | null;
}

/** Text with Markdown in it: headings, lists, quotes, code, tables, links. HTML stays text; only web and mail addresses lead anywhere. */
export function Markdown({ children, content, className, ...rest }: MarkdownProps): ReactNode {
  return (
    <div className={classes("ggui-markdown", className)} {...rest}>
      {blocks((content ?? children ?? "").replace(/\r\n?/g, "\n").split("\n"), 0)}
    </div>
  );
}

/** Markdown within a line: emphasis, code, links. */
export function MarkdownInline({ children, content, ...rest }: MarkdownProps): ReactNode {
  return <span {...rest}>{renderRichTextInlines(content ?? children ?? "")}</span>;
}

const INLINE = /(`+)(.+?)\1|\*\*(.+?)\*\*|__(.+?)__|\*(?!\s)(.+?)\*|(?<![\w])_(?!\s)(.+?)_(?![\w])|~~(.+?)~~|\[([^\]]*)\]\(([^()\s]*(?:\([^()\s]*\)[^()\s]*)*)(?:\s+"[^"]*")?\)|(https?:\/\/[^\s<>()]+[^\s<>().,;:!?'"])/s;
const DEEPEST = 6;

/** The words of a line of Markdown as React nodes; what is not finished yet, as while it streams, stays as it is. */
export function renderRichTextInlines(text: string, depth = 0): ReactNode {
  const parts: ReactNode[] = [];
  let rest = text;
  while (rest !== "") {
    const found = depth > DEEPEST ? null : INLINE.exec(rest);
    if (found === null) {
      parts.push(rest);
      break;
    }
    if (found.index > 0) parts.push(rest.slice(0, found.index));
    parts.push(<Fragment key={parts.length}>{inline(found, depth + 1)}</Fragment>);
    rest = rest.slice(found.index + found[0].length);
  }
  return parts.length === 1 ? parts[0] : parts;
}

function inline(found: RegExpExecArray, depth: number): ReactNode {
  const [whole, , code, strong, strong2, emphasis, emphasis2, struck, label, target, address] = found;
  const bold = strong ?? strong2;
  const slanted = emphasis ?? emphasis2;
  if (code !== undefined) return <code>{code}</code>;
  if (bold !== undefined) return <strong>{renderRichTextInlines(bold, depth)}</strong>;
  if (slanted !== undefined) return <em>{renderRichTextInlines(slanted, depth)}</em>;
  if (struck !== undefined) return <del>{renderRichTextInlines(struck, depth)}</del>;
  const href = target ?? address ?? "";
  // An address that leads nowhere stays words (spec 05 section 11.2).
  if (!/^(https?:\/\/|mailto:)/i.test(href)) return label === undefined ? whole : renderRichTextInlines(label, depth);
  return (
    <Link href={href} external={!href.startsWith("mailto:")}>
      {label === undefined || label === "" ? href : renderRichTextInlines(label, depth)}
    </Link>
  );
}

const FENCE = /^\s{0,3}(```+|~~~+)\s*([\w+-]*)/;
const HEADING = /^\s{0,3}(#{1,6})\s+(.*?)\s*#*$/;
const ITEM = /^(\s*)(?:([-*+])|(\d{1,9})[.)])\s+(.*)$/;
const RULE = /^\s{0,3}([-*_])(?:\s*\1){2,}\s*$/;
const QUOTE = /^\s{0,3}>\s?(.*)$/;
const TABLE_LINE = /^\s*\|?(\s*:?-{2,}:?\s*\|)+\s*(:?-{2,}:?)?\s*$/;

function blocks(lines: readonly string[], depth: number): ReactNode[] {
  const out: ReactNode[] = [];
  let at = 0;
  const line = (index = at): string => lines[index] ?? "";
  while (at < lines.length) {
    const key = out.length;
    const fence = FENCE.exec(line());
    const heading = HEADING.exec(line());
    if (line().trim() === "") at += 1;
    else if (fence !== null) {
      const start = ++at;
      while (at < lines.length && !line().trim().startsWith(fence[1] ?? "```")) at += 1;
      out.push(
        <pre key={key} tabIndex={0}>
          <code>{lines.slice(start, at).join("\n")}</code>
        </pre>,
      );
      at += 1;
    } else if (heading !== null) {
      const Tag = `h${(heading[1] ?? "#").length}` as "h1";
      out.push(<Tag key={key}>{renderRichTextInlines(heading[2] ?? "")}</Tag>);
      at += 1;
    } else if (RULE.test(line())) {
      out.push(<hr key={key} />);
      at += 1;
    } else if (QUOTE.test(line())) {
      const start = at;
      while (at < lines.length && QUOTE.test(line())) at += 1;
      const inner = lines.slice(start, at).map((text) => QUOTE.exec(text)?.[1] ?? "");
      out.push(<blockquote key={key}>{depth > DEEPEST ? inner.join("\n") : blocks(inner, depth + 1)}</blockquote>);
    } else if (ITEM.test(line()) && depth <= DEEPEST) {
      const start = at;
      while (at < lines.length && (ITEM.test(line()) || /^\s{2,}\S/.test(line()) || (line() === "" && ITEM.test(line(at + 1))))) at += 1;
      out.push(<Fragment key={key}>{list(lines.slice(start, at), depth)}</Fragment>);
    } else if (line().includes("|") && TABLE_LINE.test(line(at + 1))) {
      const start = at;
      at += 2;
      while (at < lines.length && line().includes("|")) at += 1;
      out.push(<Fragment key={key}>{table(lines.slice(start, at))}</Fragment>);
    } else {
      const start = at;
      at += 1;
      while (at < lines.length && line().trim() !== "" && !FENCE.test(line()) && !HEADING.test(line()) && !QUOTE.test(line()) && !ITEM.test(line())) at += 1;
      out.push(<p key={key}>{paragraph(lines.slice(start, at))}</p>);
    }
  }
  return out;
}

/** Two spaces or a backslash at the end break the line. */
function paragraph(lines: readonly string[]): ReactNode {
  const parts: ReactNode[] = [];
  let text = "";
  lines.forEach((line, index) => {
    const isBroken = index < lines.length - 1 && /(\s{2,}|\\)$/.test(line);
    text += `${text === "" ? "" : " "}${line.trim().replace(/\\$/, "")}`;
    if (!isBroken && index < lines.length - 1) return;
    parts.push(<Fragment key={index}>{renderRichTextInlines(text)}{isBroken && <br />}</Fragment>);
    text = "";
  });
  return parts;
}

function list(lines: readonly string[], depth: number): ReactNode {
  const first = ITEM.exec(lines[0] ?? "");
  const indent = (first?.[1] ?? "").length;
  const items: { head: string; inner: string[] }[] = [];
  for (const line of lines) {
    const item = ITEM.exec(line);
    if (item !== null && (item[1] ?? "").length <= indent) items.push({ head: item[4] ?? "", inner: [] });
    else items[items.length - 1]?.inner.push(line);
  }
  const shown = items.map(({ head, inner }, index) => (
    <li key={index}>
      {checked(head)}
      {inner.some((line) => line.trim() !== "") && blocks(inner.map((line) => (ITEM.test(line) ? line : line.trim())), depth + 1)}
    </li>
  ));
  return first?.[3] === undefined ? <ul>{shown}</ul> : <ol start={Number(first[3])}>{shown}</ol>;
}

function checked(head: string): ReactNode {
  const task = /^\[([ xX])\]\s+(.*)$/.exec(head);
  return task === null ? renderRichTextInlines(head) : <>{task[1] === " " ? "☐ " : "☑ "}{renderRichTextInlines(task[2] ?? "")}</>;
}

function table(lines: readonly string[]): ReactNode {
  const rows = lines.map((line) => line.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim()));
  const [head = [], , ...body] = rows;
  return (
    <div className="ggui-markdown-table" tabIndex={0} role="group">
      <table>
        <thead>
          <tr>{head.map((cell, index) => <th key={index} scope="col">{renderRichTextInlines(cell)}</th>)}</tr>
        </thead>
        <tbody>
          {body.map((row, index) => <tr key={index}>{head.map((_, at) => <td key={at}>{renderRichTextInlines(row[at] ?? "")}</td>)}</tr>)}
        </tbody>
      </table>
    </div>
  );
}

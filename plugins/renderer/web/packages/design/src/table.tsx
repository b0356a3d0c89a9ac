import type { HTMLAttributes, ReactNode } from "react";

import { numberText } from "./locale.ts";
import { classes } from "./scales.ts";
import type { Styled } from "./styled.ts";
import { WORDS } from "./words.ts";

export const tableCss = `
.ggui-table{container-type:inline-size;width:100%;min-width:0}
.ggui-table-scroll{overflow-x:auto}
.ggui-table table{width:100%;border-collapse:collapse;font-size:var(--ggui-font-size-base);line-height:1.45}
.ggui-table caption{text-align:start;padding-bottom:var(--ggui-spacing-2);font-size:var(--ggui-font-size-sm);
color:var(--ggui-color-onSurfaceVariant)}
.ggui-table th{padding:var(--ggui-spacing-2) var(--ggui-spacing-3);text-align:start;font-size:var(--ggui-font-size-sm);
font-weight:var(--ggui-font-weight-medium);color:var(--ggui-color-onSurfaceVariant);white-space:nowrap;
border-bottom:1px solid var(--ggui-color-outlineVariant);vertical-align:bottom}
.ggui-table td{padding:.625rem var(--ggui-spacing-3);vertical-align:middle;border-bottom:1px solid var(--ggui-color-outlineVariant)}
.ggui-table tbody tr:last-child td{border-bottom:0}
.ggui-table-open td:first-child,.ggui-table-open th:first-child{padding-inline-start:0}
.ggui-table-open td:last-child,.ggui-table-open th:last-child{padding-inline-end:0}
.ggui-table caption{padding-inline:var(--ggui-spacing-3)}
.ggui-table-open caption{padding-inline:0}
.ggui-table-compact td,.ggui-table-compact th{padding-block:var(--ggui-spacing-1)}
.ggui-table-bordered .ggui-table-scroll{border:1px solid var(--ggui-color-outlineVariant);border-radius:var(--ggui-shape-radius-lg)}
.ggui-table-bordered caption{padding-top:var(--ggui-spacing-2)}
.ggui-table-striped tbody tr:nth-child(even) td{background:color-mix(in srgb,var(--ggui-color-onSurface) 4%,transparent)}
.ggui-table-hoverable tbody tr:hover td{background:color-mix(in srgb,var(--ggui-color-onSurface) 6%,transparent)}
.ggui-table-center{text-align:center!important}
.ggui-table-right{text-align:end!important;font-variant-numeric:tabular-nums;white-space:nowrap}
.ggui-table td[data-label=""] .ggui-stack{flex-wrap:nowrap!important}
.ggui-table-sort{display:inline-flex;align-items:center;gap:.35em;padding:0;border:0;background:none;font:inherit;color:inherit;cursor:pointer;
border-radius:var(--ggui-shape-radius-sm)}
.ggui-table-sort:hover{color:var(--ggui-color-onSurface)}
.ggui-table-sort svg{opacity:.35}
[aria-sort=ascending] .ggui-table-sort svg,[aria-sort=descending] .ggui-table-sort svg{opacity:1}
[aria-sort=descending] .ggui-table-sort svg{transform:rotate(180deg)}
.ggui-table-empty{padding:var(--ggui-spacing-6) var(--ggui-spacing-3);text-align:center;color:var(--ggui-color-onSurfaceVariant)}
@container (max-width:479.98px){
.ggui-table-scroll{overflow:visible}
.ggui-table-bordered .ggui-table-scroll{border:0}
.ggui-table caption,.ggui-table-bordered caption{padding:0 0 var(--ggui-spacing-2)}
.ggui-table table,.ggui-table tbody,.ggui-table tr,.ggui-table td,.ggui-table caption{display:block;width:auto!important}
.ggui-table thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.ggui-table tbody{display:flex;flex-direction:column;gap:var(--ggui-spacing-2)}
.ggui-table tr{border:1px solid var(--ggui-color-outlineVariant);border-radius:var(--ggui-shape-radius-lg);
padding:var(--ggui-spacing-2) var(--ggui-spacing-3)}
.ggui-table td,.ggui-table-compact td{display:grid;grid-template-columns:minmax(5.5rem,34%) minmax(0,1fr);gap:var(--ggui-spacing-3);
align-items:baseline;padding:.25rem 0;border:0;text-align:start!important;background:none!important;white-space:normal;overflow-wrap:anywhere}
.ggui-table td::before{content:attr(data-label);font-size:var(--ggui-font-size-sm);color:var(--ggui-color-onSurfaceVariant);
overflow-wrap:anywhere}
.ggui-table td[data-label=""]{grid-template-columns:minmax(0,1fr)}
.ggui-table td[data-label=""]::before{content:none}
.ggui-table td[data-label=""] .ggui-stack{flex-wrap:wrap!important}
.ggui-table td.ggui-table-empty{display:block;text-align:center!important}
.ggui-table-striped tbody tr:nth-child(even){background:color-mix(in srgb,var(--ggui-color-onSurface) 4%,transparent)}
}
`;

export interface TableColumn<Row> {
  key: string;
  header?: ReactNode;
  width?: number | string;
  align?: "left" | "center" | "right" | "start" | "end";
  sortable?: boolean;
  render?: (row: Row, index: number) => ReactNode;
}

export interface TableProps<Row> extends Omit<Styled, "children"> {
  columns: readonly TableColumn<Row>[];
  data: readonly Row[];
  sortKey?: string;
  sortDirection?: "asc" | "desc";
  onSort?: (key: string, direction: "asc" | "desc") => void;
  striped?: boolean;
  hoverable?: boolean;
  compact?: boolean;
  bordered?: boolean;
  caption?: ReactNode;
  /** What stands in place of rows when there are none. */
  emptyText?: ReactNode;
  /** More attributes of a row. */
  rowProps?: (row: Row, index: number) => HTMLAttributes<HTMLTableRowElement>;
}

/**
 * Rows and columns. Narrower than 480 px each row becomes a card of labelled values; the roles are written out,
 * because browsers forget that it is a table when its parts are displayed as blocks.
 */
export function Table<Row>(props: TableProps<Row>): ReactNode {
  const { columns, data, sortKey, sortDirection = "asc", onSort, striped, hoverable, compact, bordered } = props;
  const { caption, emptyText = WORDS.nothing, rowProps, className, style, id } = props;
  const name = classes(
    "ggui-table",
    striped === true && "ggui-table-striped",
    hoverable === true && "ggui-table-hoverable",
    compact === true && "ggui-table-compact",
    bordered === true && "ggui-table-bordered",
    striped !== true && hoverable !== true && bordered !== true && "ggui-table-open",
    className,
  );
  return (
    <div className={name} style={style} id={id}>
      <div className="ggui-table-scroll">
        <table role="table">
          {caption !== undefined && <caption>{caption}</caption>}
          <thead role="rowgroup">
            <tr role="row">
              {columns.map((column) => (
                <HeaderCell key={column.key} column={column} sort={sortKey === column.key ? sortDirection : undefined} onSort={onSort} />
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup">
            {data.length === 0 && (
              <tr role="row">
                <td role="cell" colSpan={columns.length} className="ggui-table-empty" data-label="">
                  {emptyText}
                </td>
              </tr>
            )}
            {data.map((row, index) => (
              <tr role="row" key={rowKey(row, index)} {...rowProps?.(row, index)}>
                {columns.map((column) => (
                  <td
                    key={column.key}
                    role="cell"
                    className={alignClass(column.align)}
                    data-label={typeof column.header === "string" ? column.header : ""}
                  >
                    <div>{column.render === undefined ? plain((row as Record<string, unknown>)[column.key]) : column.render(row, index)}</div>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

interface HeaderProps<Row> {
  column: TableColumn<Row>;
  /** The direction it is sorted in, if it is the one. */
  sort: "asc" | "desc" | undefined;
  onSort: TableProps<Row>["onSort"];
}

function HeaderCell<Row>({ column, sort, onSort }: HeaderProps<Row>): ReactNode {
  const { key, header, width, align, sortable } = column;
  const style = width === undefined ? undefined : { width };
  // Without words it heads nothing.
  if (header === undefined || header === "") return <td role="cell" style={style} />;
  const state = sort === undefined ? "none" : sort === "asc" ? "ascending" : "descending";
  return (
    <th role="columnheader" scope="col" className={alignClass(align)} style={style} aria-sort={sortable === true ? state : undefined}>
      {sortable === true && onSort !== undefined ? (
        <button type="button" className="ggui-table-sort" onClick={() => onSort(key, sort === "asc" ? "desc" : "asc")}>
          {header}
          <svg width="9" height="9" viewBox="0 0 10 10" fill="currentColor" aria-hidden="true">
            <path d="M5 2 9 8H1z" />
          </svg>
        </button>
      ) : (
        header
      )}
    </th>
  );
}

function alignClass(align: TableColumn<unknown>["align"]): string | undefined {
  if (align === "center") return "ggui-table-center";
  return align === "right" || align === "end" ? "ggui-table-right" : undefined;
}

/** A row that moves keeps what it holds when it has an id of its own. */
function rowKey(row: unknown, index: number): string | number {
  if (typeof row !== "object" || row === null) return index;
  const { id, key } = row as { id?: unknown; key?: unknown };
  const own = id ?? key;
  return typeof own === "string" || typeof own === "number" ? `${typeof own}:${own}` : index;
}

function plain(value: unknown): ReactNode {
  if (value === undefined || value === null || value === "") return "–";
  if (typeof value === "boolean") return value ? WORDS.yes : WORDS.no;
  if (typeof value === "number") return numberText(value);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

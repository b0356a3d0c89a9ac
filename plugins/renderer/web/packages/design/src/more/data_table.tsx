import { Checkbox, Skeleton, Table, type Styled, type TableColumn } from "@ggui-ai/design";
import { locale, WORDS } from "@ggui-ai/design/internal.ts";
import { useMemo, useState, type ReactNode } from "react";

export const dataTableCss = `
.ggui-row-button{padding:0;min-height:24px;border:0;background:none;font:inherit;color:inherit;text-align:start;cursor:pointer;border-radius:var(--ggui-shape-radius-sm)}
.ggui-row-acts{cursor:pointer}
.ggui-row-selected>td{background:color-mix(in srgb,var(--ggui-color-primary-500) 9%,transparent)!important}
.ggui-table .ggui-choice-single{min-height:24px}
`;

const PLACEHOLDERS = 5;

export interface DataTableProps<Item> extends Omit<Styled, "children"> {
  columns: readonly TableColumn<Item>[];
  data: readonly Item[];
  /** The member that tells rows apart. */
  rowKey?: string;
  loading?: boolean;
  emptyText?: ReactNode;
  /** Without it, sortable columns sort what is here. */
  onSort?: (key: string, direction: "asc" | "desc") => void;
  sortKey?: string;
  sortDirection?: "asc" | "desc";
  onRowClick?: (row: Item) => void;
  selectable?: boolean;
  selectedKeys?: readonly string[];
  onSelectionChange?: (keys: string[]) => void;
  caption?: ReactNode;
}

/** A table that sorts, selects and opens its rows. */
export function DataTable<Item>(props: DataTableProps<Item>): ReactNode {
  const { columns, data, rowKey = "id", loading = false, emptyText, onSort, onRowClick, selectable = false, onSelectionChange, ...rest } = props;
  const { sortKey, sortDirection, selectedKeys, ...attributes } = rest;
  const [ownSort, setOwnSort] = useState<{ key: string; direction: "asc" | "desc" }>();
  const [ownKeys, setOwnKeys] = useState<readonly string[]>([]);
  const sort = sortKey === undefined ? ownSort : { key: sortKey, direction: sortDirection ?? "asc" };
  const rows = useMemo(() => (onSort === undefined && sort !== undefined ? sorted(data, sort.key, sort.direction) : data), [data, onSort, sort?.key, sort?.direction]);
  const selected = selectedKeys ?? ownKeys;
  const keyOf = (row: Item): string => String((row as Record<string, unknown>)[rowKey]);

  function select(keys: string[]): void {
    setOwnKeys(keys);
    onSelectionChange?.(keys);
  }

  if (loading) {
    const waiting = Array.from({ length: Math.min(data.length || PLACEHOLDERS, PLACEHOLDERS) }, (_, index) => ({ id: `waiting-${index}` }));
    const shown = columns.map(({ key, header, width }) => ({ key, header, width, render: () => <Skeleton variant="text" width="70%" /> }));
    return (
      <div aria-busy="true">
        <span role="status" className="ggui-sr">{WORDS.loading}</span>
        <Table columns={shown} data={waiting} hoverable {...attributes} />
      </div>
    );
  }
  const isAll = rows.length > 0 && rows.every((row) => selected.includes(keyOf(row)));
  const picker: TableColumn<Item> = {
    key: "ggui-select",
    width: 34,
    header: (
      <Checkbox
        aria-label={WORDS.selectAll}
        checked={isAll}
        indeterminate={!isAll && rows.some((row) => selected.includes(keyOf(row)))}
        onChange={(checked) => select(checked ? rows.map(keyOf) : [])}
      />
    ),
    render: (row) => (
      <Checkbox
        aria-label={WORDS.selectRow(keyOf(row))}
        checked={selected.includes(keyOf(row))}
        onClick={(event) => event.stopPropagation()}
        onChange={(checked) => select(checked ? [...selected, keyOf(row)] : selected.filter((key) => key !== keyOf(row)))}
      />
    ),
  };
  return (
    <Table
      {...attributes}
      columns={[...(selectable ? [picker] : []), ...(onRowClick === undefined ? columns : opening(columns))]}
      data={rows}
      emptyText={emptyText}
      hoverable
      sortKey={sort?.key}
      sortDirection={sort?.direction}
      onSort={(key, direction) => {
        setOwnSort({ key, direction });
        onSort?.(key, direction);
      }}
      rowProps={(row) => ({
        "aria-selected": selectable ? selected.includes(keyOf(row)) : undefined,
        className: `${selected.includes(keyOf(row)) ? "ggui-row-selected " : ""}${onRowClick === undefined ? "" : "ggui-row-acts"}`,
        onClick: onRowClick === undefined ? undefined : () => onRowClick(row),
      })}
    />
  );
}

/** The first cell of a row is what the keyboard opens it by; a click on it goes on to the row. */
function opening<Item>(columns: readonly TableColumn<Item>[]): TableColumn<Item>[] {
  return columns.map((column, index) => {
    if (index > 0) return column;
    const { render, key } = column;
    const shown = (row: Item, at: number): ReactNode => (render === undefined ? String((row as Record<string, unknown>)[key] ?? "–") : render(row, at));
    return {
      ...column,
      render: (row, at) => (
        <button type="button" className="ggui-row-button">
          {shown(row, at)}
        </button>
      ),
    };
  });
}

function sorted<Item>(data: readonly Item[], key: string, direction: "asc" | "desc"): Item[] {
  const collator = new Intl.Collator(locale(), { numeric: true });
  const sign = direction === "asc" ? 1 : -1;
  const of = (row: Item): unknown => (row as Record<string, unknown>)[key];
  return [...data].sort((one, other) => {
    const [left, right] = [of(one), of(other)];
    // What is missing comes last, whichever way.
    if (left === undefined || left === null || right === undefined || right === null) return Number(left === undefined || left === null) - Number(right === undefined || right === null);
    if (typeof left === "number" && typeof right === "number") return sign * (left - right);
    return sign * collator.compare(String(left), String(right));
  });
}

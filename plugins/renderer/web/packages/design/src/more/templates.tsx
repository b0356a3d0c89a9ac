import { Button, Card, EmptyState, Grid, Heading, Row, Stack, Stat, Text, type StatProps, type Styled } from "@ggui-ai/design";
import { classes, WORDS } from "@ggui-ai/design/internal.ts";
import { useRef, useState, type ReactNode } from "react";

import { SearchField } from "./search_field.tsx";

export const templatesCss = `
.ggui-list-detail{container-type:inline-size;min-width:0}
.ggui-list-detail-panes{display:grid;gap:var(--ggui-spacing-5)}
.ggui-list-detail-list{display:flex;flex-direction:column;gap:2px;list-style:none;margin:0;padding:0;min-width:0}
.ggui-list-detail-item{display:flex;flex-direction:column;gap:2px;width:100%;padding:var(--ggui-spacing-2) var(--ggui-spacing-3);border:0;border-radius:var(--ggui-shape-radius-lg);
background:none;font:inherit;color:inherit;text-align:start;cursor:pointer}
.ggui-list-detail-item:hover{background:color-mix(in srgb,var(--ggui-color-onSurface) 6%,transparent)}
.ggui-list-detail-item[aria-current]{background:color-mix(in srgb,var(--ggui-color-onSurface) 10%,transparent)}
.ggui-list-detail-detail:focus-visible{outline-offset:4px}
@container (min-width:600px){.ggui-list-detail-panes{grid-template-columns:minmax(11rem,1fr) 2fr}.ggui-list-detail-back{display:none}
.ggui-list-detail-detail{border-inline-start:1px solid var(--ggui-color-outlineVariant);padding-inline-start:var(--ggui-spacing-5)}}
@container (max-width:599.98px){.ggui-list-detail-open .ggui-list-detail-side{display:none}.ggui-list-detail-panes:not(.ggui-list-detail-open) .ggui-list-detail-detail{display:none}}
`;

export interface ListDetailItem {
  id: string;
  title: ReactNode;
  subtitle?: ReactNode;
  meta?: ReactNode;
  content?: ReactNode;
}

export interface ListDetailProps extends Omit<Styled, "children" | "title"> {
  title?: ReactNode;
  actions?: ReactNode;
  items: readonly ListDetailItem[];
  selectedId?: string;
  onSelect?: (id: string) => void;
  /** What an item shows; without it, its `content`. */
  renderDetail?: (item: ListDetailItem) => ReactNode;
  searchable?: boolean;
  emptyText?: ReactNode;
}

/** A list, and what is chosen of it beside it; on a phone one after the other. A template: a whole card. */
export function ListDetail(props: ListDetailProps): ReactNode {
  const { title, actions, items, selectedId, onSelect, renderDetail, searchable, emptyText = WORDS.nothing, className, ...rest } = props;
  const [own, setOwn] = useState<string>();
  const [isOpen, setOpen] = useState(false);
  const [text, setText] = useState("");
  const detail = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const wanted = text.trim().toLocaleLowerCase();
  const found = items.filter((item) => wanted === "" || [item.title, item.subtitle].some((words) => typeof words === "string" && words.toLocaleLowerCase().includes(wanted)));
  const selected = items.find((item) => item.id === (selectedId ?? own)) ?? items[0];

  function select(id: string): void {
    setOwn(id);
    setOpen(true);
    onSelect?.(id);
    // On a phone the list goes away under the focus.
    requestAnimationFrame(() => detail.current?.focus());
  }

  return (
    <Stack gap="md" className={classes("ggui-list-detail", className)} {...rest}>
      {(title !== undefined || actions !== undefined) && (
        <Row justify="between">
          {title !== undefined && <Heading level={1}>{title}</Heading>}
          <Row gap="xs">{actions}</Row>
        </Row>
      )}
      {items.length === 0 ? (
        <EmptyState title={emptyText} />
      ) : (
        <div className={classes("ggui-list-detail-panes", isOpen && "ggui-list-detail-open")}>
          <Stack className="ggui-list-detail-side">
            {searchable === true && <SearchField value={text} onChange={setText} size="sm" />}
            <ul ref={list} className="ggui-list-detail-list">
              {found.map((item) => (
                <li key={item.id}>
                  <button type="button" className="ggui-list-detail-item" aria-current={item === selected ? "true" : undefined} onClick={() => select(item.id)}>
                    <Row justify="between" wrap={false} gap="xs">
                      <Text is="span" weight="medium">{item.title}</Text>
                      {item.meta}
                    </Row>
                    {item.subtitle !== undefined && <Text is="span" size="sm" tone="muted">{item.subtitle}</Text>}
                  </button>
                </li>
              ))}
            </ul>
            {found.length === 0 && <Text tone="muted" role="status">{WORDS.noResults}</Text>}
          </Stack>
          <div ref={detail} tabIndex={-1} className="ggui-list-detail-detail" role="region" aria-label={typeof selected?.title === "string" ? selected.title : undefined}>
            <Button
              size="sm"
              variant="ghost"
              className="ggui-list-detail-back"
              onPress={() => {
                setOpen(false);
                requestAnimationFrame(() => list.current?.querySelector<HTMLElement>("[aria-current]")?.focus());
              }}
            >
              <span className="ggui-turns" aria-hidden="true">‹</span> {WORDS.collapse}
            </Button>
            {selected !== undefined && (renderDetail === undefined ? selected.content : renderDetail(selected))}
          </div>
        </div>
      )}
    </Stack>
  );
}

export interface DashboardSection {
  id?: string;
  title?: ReactNode;
  content?: ReactNode;
  actions?: ReactNode;
  /** How many columns it takes; 2 is the whole width. */
  span?: 1 | 2;
}

export interface DashboardProps extends Omit<Styled, "title"> {
  title?: ReactNode;
  subtitle?: ReactNode;
  actions?: ReactNode;
  stats?: readonly Omit<StatProps, keyof Styled>[];
  sections?: readonly DashboardSection[];
}

/** Figures on top, sections below. A template: a whole card. */
export function Dashboard({ title, subtitle, actions, stats = [], sections = [], className, children, ...rest }: DashboardProps): ReactNode {
  return (
    <Stack gap="lg" className={className} {...rest}>
      <Row justify="between" align="start">
        <Stack gap="xs">
          {title !== undefined && <Heading level={1}>{title}</Heading>}
          {subtitle !== undefined && <Text tone="muted">{subtitle}</Text>}
        </Stack>
        <Row gap="xs">{actions}</Row>
      </Row>
      {stats.length > 0 && (
        <Grid minColumnWidth={150}>
          {stats.map((stat, index) => (
            <Card key={index} padding="md">
              <Stat {...stat} />
            </Card>
          ))}
        </Grid>
      )}
      {sections.length > 0 && (
        <Grid minColumnWidth={280}>
          {sections.map((section, index) => (
            <Card key={section.id ?? index} as="section" style={section.span === 2 ? { gridColumn: "1 / -1" } : undefined}>
              <Stack gap="md">
                {(section.title !== undefined || section.actions !== undefined) && (
                  <Row justify="between">
                    <Heading level={2} style={{ fontSize: "var(--ggui-font-size-lg)" }}>{section.title}</Heading>
                    {section.actions}
                  </Row>
                )}
                {section.content}
              </Stack>
            </Card>
          ))}
        </Grid>
      )}
      {children}
    </Stack>
  );
}

import { Heading, Link, Row, Text, type Styled } from "@ggui-ai/design";
import { classes, safeHref, space, styles } from "@ggui-ai/design/internal.ts";
import { type ReactNode } from "react";

export const navigationCss = `
.ggui-header{display:flex;align-items:center;flex-wrap:wrap;gap:var(--ggui-spacing-3) var(--ggui-spacing-5);padding:var(--ggui-spacing-3) var(--ggui-spacing-4);min-width:0}
.ggui-header-bordered{border-bottom:1px solid var(--ggui-color-outlineVariant)}
.ggui-header-sticky{position:sticky;top:0;z-index:var(--ggui-zIndex-sticky,1100);background:var(--ggui-color-surface)}
.ggui-header-actions{display:flex;align-items:center;gap:var(--ggui-spacing-2);margin-inline-start:auto}
.ggui-nav{display:flex;gap:var(--ggui-spacing-1);list-style:none;margin:0;padding:0;min-width:0}
.ggui-nav-horizontal{flex-wrap:wrap}
.ggui-nav-vertical{flex-direction:column}
.ggui-nav-item{display:flex;align-items:center;gap:var(--ggui-spacing-2);width:100%;min-height:34px;padding:.375rem .625rem;border:0;
border-radius:var(--ggui-shape-radius-lg);background:none;color:var(--ggui-color-onSurfaceVariant);font:inherit;text-align:start;text-decoration:none;cursor:pointer}
.ggui-nav-item:hover:not(:disabled){background:color-mix(in srgb,var(--ggui-color-onSurface) 7%,transparent);color:var(--ggui-color-onSurface)}
.ggui-nav-item:disabled{opacity:.5;cursor:not-allowed}
.ggui-nav-item[aria-current]{background:color-mix(in srgb,var(--ggui-color-onSurface) 10%,transparent);color:var(--ggui-color-onSurface);font-weight:var(--ggui-font-weight-medium)}
.ggui-nav-underline .ggui-nav-item[aria-current]{background:none;border-radius:0;box-shadow:inset 0 -2px var(--ggui-color-primary-500)}
.ggui-nav-pills .ggui-nav-item[aria-current]{background:var(--ggui-color-primary-500);color:var(--ggui-color-onPrimary)}
.ggui-nav-label{flex:1;min-width:0}
.ggui-nav .ggui-nav{padding-inline-start:var(--ggui-spacing-5)}
@media (pointer:coarse){.ggui-nav-item{min-height:44px}}
.ggui-sidebar{display:flex;flex-direction:column;gap:var(--ggui-spacing-4);padding:var(--ggui-spacing-3);min-width:0;max-width:100%;
border-inline-end:1px solid var(--ggui-color-outlineVariant)}
.ggui-sidebar-closed .ggui-nav-item{justify-content:center}
.ggui-footer{display:flex;flex-direction:column;gap:var(--ggui-spacing-5);padding:var(--ggui-spacing-5) var(--ggui-spacing-4);border-top:1px solid var(--ggui-color-outlineVariant)}
.ggui-footer-columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:var(--ggui-spacing-5)}
.ggui-footer ul{list-style:none;margin:var(--ggui-spacing-2) 0 0;padding:0;display:flex;flex-direction:column;gap:var(--ggui-spacing-1)}
.ggui-footer-base{display:flex;flex-wrap:wrap;justify-content:space-between;gap:var(--ggui-spacing-3);font-size:var(--ggui-font-size-sm);color:var(--ggui-color-onSurfaceVariant)}
.ggui-hero{display:grid;gap:var(--ggui-spacing-6);align-items:center;position:relative;overflow:hidden;padding:var(--ggui-spacing-8) var(--ggui-spacing-6);border-radius:var(--ggui-shape-radius-xl);
background:var(--ggui-color-surfaceVariant);background-size:cover;background-position:center}
.ggui-hero-sm{padding-block:var(--ggui-spacing-6)}
.ggui-hero-lg{padding-block:calc(1.5*var(--ggui-spacing-12))}
.ggui-hero-center{text-align:center;justify-items:center}
.ggui-hero-shade{position:absolute;inset:0;background:rgba(0,0,0,.62)}
.ggui-hero-shaded{color:#fff}
.ggui-hero-body{position:relative;display:flex;flex-direction:column;gap:var(--ggui-spacing-4);max-width:40rem}
.ggui-hero-center .ggui-hero-body{align-items:center}
.ggui-hero h2{font-size:clamp(1.5rem,5vw,2.25rem)}
.ggui-hero-media{position:relative;min-width:0}
@media (min-width:768px){.ggui-hero-split{grid-template-columns:1fr 1fr}}
`;

export interface NavigationItem {
  id: string;
  label: ReactNode;
  icon?: ReactNode;
  href?: string;
  badge?: ReactNode;
  disabled?: boolean;
  children?: readonly NavigationItem[];
}

export interface HeaderProps extends Styled {
  logo?: ReactNode;
  navigation?: ReactNode;
  actions?: ReactNode;
  sticky?: boolean;
  background?: string;
  bordered?: boolean;
}

/** The head of a page: a mark, the ways, what can be done. */
export function Header({ logo, navigation, actions, sticky, background, bordered = true, style, className, children, ...rest }: HeaderProps): ReactNode {
  return (
    <header
      className={classes("ggui-header", bordered && "ggui-header-bordered", sticky === true && "ggui-header-sticky", className)}
      style={styles({ background }, style)}
      {...rest}
    >
      {logo}
      {navigation}
      {children}
      {actions !== undefined && <div className="ggui-header-actions">{actions}</div>}
    </header>
  );
}

interface ItemsProps {
  items: readonly NavigationItem[];
  activeId: string | undefined;
  onItemClick: ((id: string) => void) | undefined;
  orientation: "horizontal" | "vertical";
  isNarrow?: boolean;
}

function Items({ items, activeId, onItemClick, orientation, isNarrow = false }: ItemsProps): ReactNode {
  return (
    <ul className={`ggui-nav ggui-nav-${orientation}`}>
      {items.map((item) => {
        const shared = {
          className: "ggui-nav-item",
          "aria-current": item.id === activeId ? ("page" as const) : undefined,
          onClick: () => onItemClick?.(item.id),
        };
        const initial = typeof item.label === "string" ? [...item.label][0] : undefined;
        const body = (
          <>
            {item.icon ?? (isNarrow && <span aria-hidden="true">{initial}</span>)}
            <span className={isNarrow ? "ggui-sr" : "ggui-nav-label"}>{item.label}</span>
            {!isNarrow && item.badge}
          </>
        );
        return (
          <li key={item.id}>
            {item.href !== undefined && item.disabled !== true ? (
              <a href={safeHref(item.href)} {...shared}>
                {body}
              </a>
            ) : (
              <button type="button" disabled={item.disabled} {...shared}>
                {body}
              </button>
            )}
            {item.children !== undefined && !isNarrow && (
              <Items items={item.children} activeId={activeId} onItemClick={onItemClick} orientation="vertical" />
            )}
          </li>
        );
      })}
    </ul>
  );
}

export interface SidebarProps extends Omit<Styled, "children"> {
  items: readonly NavigationItem[];
  activeId?: string;
  onItemClick?: (id: string) => void;
  collapsed?: boolean;
  header?: ReactNode;
  footer?: ReactNode;
  /** Pixels. */
  width?: number;
  collapsedWidth?: number;
}

/** The ways beside a page; collapsed, their pictures alone. */
export function Sidebar(props: SidebarProps): ReactNode {
  const { items, activeId, onItemClick, collapsed = false, header, footer, width = 256, collapsedWidth = 64, style, className, ...rest } = props;
  return (
    <nav
      className={classes("ggui-sidebar", collapsed && "ggui-sidebar-closed", className)}
      style={styles({ width: collapsed ? collapsedWidth : width }, style)}
      {...rest}
    >
      {header}
      <Items items={items} activeId={activeId} onItemClick={onItemClick} orientation="vertical" isNarrow={collapsed} />
      {footer !== undefined && <div style={{ marginTop: "auto" }}>{footer}</div>}
    </nav>
  );
}

export interface NavigationBarProps extends Omit<Styled, "children"> {
  items: readonly NavigationItem[];
  activeId?: string;
  onItemClick?: (id: string) => void;
  orientation?: "horizontal" | "vertical";
  variant?: "default" | "pills" | "underline";
}

/** The ways of a page, in a line. */
export function NavigationBar({ items, activeId, onItemClick, orientation = "horizontal", variant = "default", className, ...rest }: NavigationBarProps): ReactNode {
  return (
    <nav className={classes(`ggui-nav-${variant}`, className)} {...rest}>
      <Items items={items} activeId={activeId} onItemClick={onItemClick} orientation={orientation} />
    </nav>
  );
}

export interface FooterLink {
  label: ReactNode;
  href?: string;
  icon?: ReactNode;
}

export interface FooterProps extends Omit<Styled, "children"> {
  brand?: ReactNode;
  columns?: readonly { title?: ReactNode; links: readonly FooterLink[] }[];
  socialLinks?: readonly FooterLink[];
  bottomText?: ReactNode;
  bottomLinks?: readonly FooterLink[];
}

/** The foot of a page. */
export function Footer({ brand, columns = [], socialLinks = [], bottomText, bottomLinks = [], className, ...rest }: FooterProps): ReactNode {
  return (
    <footer className={classes("ggui-footer", className)} {...rest}>
      {(brand !== undefined || columns.length > 0) && (
        <div className="ggui-footer-columns">
          {brand !== undefined && <div>{brand}</div>}
          {columns.map((column, index) => (
            <div key={index}>
              {column.title !== undefined && <Text size="sm" weight="medium">{column.title}</Text>}
              <ul>{column.links.map((link, at) => <li key={at}><FootLink link={link} /></li>)}</ul>
            </div>
          ))}
        </div>
      )}
      {(bottomText !== undefined || bottomLinks.length > 0 || socialLinks.length > 0) && (
        <div className="ggui-footer-base">
          <span>{bottomText}</span>
          <Row gap="md">{[...bottomLinks, ...socialLinks].map((link, index) => <FootLink key={index} link={link} />)}</Row>
        </div>
      )}
    </footer>
  );
}

function FootLink({ link }: { link: FooterLink }): ReactNode {
  return (
    <Link href={link.href} external tone="muted" underline="hover">
      {link.icon}
      {link.label}
    </Link>
  );
}

export interface HeroProps extends Omit<Styled, "children"> {
  heading?: ReactNode;
  description?: ReactNode;
  primaryAction?: ReactNode;
  secondaryAction?: ReactNode;
  media?: ReactNode;
  align?: "left" | "start" | "center";
  size?: "sm" | "md" | "lg";
  background?: string;
  /** An address on the web, or a `data:` picture. */
  backgroundImage?: string;
  /** Darkens the picture, so that words can be read on it; on with a picture. */
  overlay?: boolean;
}

/** The first thing of a page: what it is, and what to do. */
export function Hero(props: HeroProps): ReactNode {
  const { heading, description, primaryAction, secondaryAction, media, align = "start", size = "md", background, backgroundImage, style, className, ...rest } = props;
  const picture = backgroundImage !== undefined && /^(https?:|data:image\/)/i.test(backgroundImage) ? backgroundImage : undefined;
  const { overlay = picture !== undefined, ...attributes } = rest;
  const own = { background, backgroundImage: picture === undefined ? undefined : `url(${JSON.stringify(picture)})` };
  const name = classes("ggui-hero", `ggui-hero-${size}`, align === "center" && "ggui-hero-center", media !== undefined && "ggui-hero-split", overlay && "ggui-hero-shaded", className);
  return (
    <section className={name} style={styles(own, style)} {...attributes}>
      {overlay && <div className="ggui-hero-shade" />}
      <div className="ggui-hero-body">
        {heading !== undefined && <Heading level={2}>{heading}</Heading>}
        {description !== undefined && <Text size="lg">{description}</Text>}
        {(primaryAction !== undefined || secondaryAction !== undefined) && (
          <Row>
            {primaryAction}
            {secondaryAction}
          </Row>
        )}
      </div>
      {media !== undefined && <div className="ggui-hero-media">{media}</div>}
    </section>
  );
}

export interface CardGridProps extends Styled {
  columns?: number;
  gap?: number | string;
}

/** Cards beside one another: at most so many columns, fewer where they would be too narrow. */
export function CardGrid({ columns = 3, gap = 16, style, className, ...rest }: CardGridProps): ReactNode {
  const gap_ = space(gap) ?? "16px";
  const share = `calc((100% - ${Math.max(0, columns - 1)} * ${gap_ === "0" ? "0px" : gap_}) / ${Math.max(1, columns)})`;
  const own = { display: "grid", gap: gap_, gridTemplateColumns: `repeat(auto-fill, minmax(max(min(100%, 13rem), ${share}), 1fr))` };
  return <div className={className} style={styles(own, style)} {...rest} />;
}


/** The components of the part `more`, as they are until it is here. */
import type * as More from "./more/index.ts";
import { exported, later } from "./on_demand.tsx";

type Kept = Omit<typeof More, "css" | "renderRichTextInlines">;

function kept<Name extends keyof Kept>(name: Name): Kept[Name] {
  return later(name) as unknown as Kept[Name];
}

export const Accordion = kept("Accordion");
export const Autocomplete = kept("Autocomplete");
export const Breadcrumb = kept("Breadcrumb");
export const CardGrid = kept("CardGrid");
export const ChatWindow = kept("ChatWindow");
export const CommandPalette = kept("CommandPalette");
export const CommentThread = kept("CommentThread");
export const Crossfade = kept("Crossfade");
export const Dashboard = kept("Dashboard");
export const DataTable = kept("DataTable");
export const Dropdown = kept("Dropdown");
export const FileUploader = kept("FileUploader");
export const Footer = kept("Footer");
export const Header = kept("Header");
export const Hero = kept("Hero");
export const ListDetail = kept("ListDetail");
export const Markdown = kept("Markdown");
export const MarkdownInline = kept("MarkdownInline");
export const MenuItem = kept("MenuItem");
export const Modal = kept("Modal");
export const NavigationBar = kept("NavigationBar");
export const NotificationCenter = kept("NotificationCenter");
export const Pagination = kept("Pagination");
export const PreviewFragmentEnter = kept("PreviewFragmentEnter");
export const PreviewSurface = kept("PreviewSurface");
export const SearchField = kept("SearchField");
export const Sidebar = kept("Sidebar");
export const Slider = kept("Slider");
export const Stepper = kept("Stepper");
export const StreamingText = kept("StreamingText");
export const Toast = kept("Toast");
export const Tooltip = kept("Tooltip");

/** Words of a line of Markdown as React nodes; the words alone until the part is here. */
export const renderRichTextInlines: typeof More.renderRichTextInlines = (text) =>
  exported<typeof More.renderRichTextInlines>("more", "renderRichTextInlines")?.(text) ?? text;

/** The component catalog (spec 05 section 11): what generated code imports from `@ggui-ai/design`. */
export { Button, type ButtonProps } from "./button.tsx";
export { Checkbox, RadioGroup, Toggle, type CheckboxProps, type RadioGroupProps, type ToggleProps } from "./choices.tsx";
export { Alert, Badge, EmptyState, Stat, Tag } from "./feedback.tsx";
export type { AlertProps, BadgeProps, EmptyStateProps, StatProps, TagProps } from "./feedback.tsx";
export { FormField, type FormFieldProps } from "./field.tsx";
export { Input, Select, TextArea } from "./inputs.tsx";
export type { InputProps, InputType, SelectOption, SelectProps, TextAreaProps } from "./inputs.tsx";
export { Box, Card, Container, Divider, Grid, Row, Stack } from "./layout.tsx";
export type { BoxProps, CardProps, ContainerProps, DividerProps, GridProps, StackProps } from "./layout.tsx";
export { Progress, Skeleton, Spinner } from "./progress.tsx";
export type { ProgressProps, SkeletonProps, SpinnerProps } from "./progress.tsx";
export { Table, type TableColumn, type TableProps } from "./table.tsx";
export { Heading, Image, Link, Text } from "./text.tsx";
export type { HeadingProps, ImageProps, LinkProps, TextProps } from "./text.tsx";

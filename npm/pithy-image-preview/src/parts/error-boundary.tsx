import { Component, type ReactNode } from "react";
import { visible } from "../text/visible.ts";
import { Notice } from "./notice.tsx";

interface ErrorBoundaryProps {
  /** Another one tries again. */
  of: unknown;
  children: ReactNode;
}

interface ErrorBoundaryState {
  failure?: { error: unknown; of: unknown };
}

/** Says where the preview is that it cannot be shown. The page around it stays. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, ErrorBoundaryState> {
  override state: ErrorBoundaryState = {};

  static getDerivedStateFromError = (error: unknown): ErrorBoundaryState => ({ failure: { error, of: undefined } });

  static getDerivedStateFromProps({ of }: ErrorBoundaryProps, { failure }: ErrorBoundaryState): ErrorBoundaryState {
    if (!failure) return {};
    if (failure.of === undefined) return { failure: { ...failure, of } };
    return failure.of === of ? { failure } : { failure: undefined };
  }

  override render(): ReactNode {
    const { failure } = this.state;
    if (!failure) return this.props.children;
    const { error } = failure;
    return (
      <Notice>The image cannot be shown: {visible(error instanceof Error ? error.message : String(error))}</Notice>
    );
  }
}

import { Component, type ReactNode } from 'react';
import { Failure } from './states.js';

/**
 * Keeps a fault in one page from blanking all of them. The commonest is a part of the page that is gone, because the coordinator was updated
 * since the page was loaded: loading it again brings the new one.
 */
export class FaultBoundary extends Component<{ readonly children: ReactNode }, { readonly error: unknown }> {
  override state = { error: undefined as unknown };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render(): ReactNode {
    if (this.state.error === undefined) return this.props.children;
    return <Failure error={this.state.error} onRetry={() => location.reload()} />;
  }
}

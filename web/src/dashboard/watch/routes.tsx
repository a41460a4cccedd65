// The screens that watch the office: home, live view, calls, messages, trunks, connectors, developers, settings. Each is loaded when it is first shown.
import type { ComponentType } from 'preact';
import { Spinner } from '../../parts/basic';
import { lazy, type Route, type Screen } from '../../parts/router';

const later = (load: () => Promise<ComponentType<{ args: Record<string, string> }>>): Screen => lazy(load, () => <Spinner />);

export const watchRoutes: Route[] = [
  { path: '/dashboard', screen: later(async () => (await import('./home')).Home) },
  { path: '/dashboard/live', screen: later(async () => (await import('./live')).Live) },
  { path: '/dashboard/live/wall', screen: later(async () => (await import('./wall')).Wall) },
  { path: '/dashboard/calls', screen: later(async () => (await import('./calls')).Calls) },
  { path: '/dashboard/calls/:id', screen: later(async () => (await import('./call')).CallScreen) },
  { path: '/dashboard/messages', screen: later(async () => (await import('./messages')).Messages) },
  { path: '/dashboard/messages/:id', screen: later(async () => (await import('./messages')).MessageScreen) },
  { path: '/dashboard/trunks', screen: later(async () => (await import('./trunks')).Trunks) },
  { path: '/dashboard/trunks/operators', screen: later(async () => (await import('./operators')).Operators) },
  { path: '/dashboard/trunks/operators/:id', screen: later(async () => (await import('./operators')).OperatorScreen) },
  { path: '/dashboard/trunks/:id', screen: later(async () => (await import('./trunk')).TrunkScreen) },
  { path: '/dashboard/connectors', screen: later(async () => (await import('./connectors')).Connectors) },
  { path: '/dashboard/connectors/:id', screen: later(async () => (await import('./connectors')).ConnectorScreen) },
  { path: '/dashboard/developers', screen: later(async () => (await import('./developers')).Keys) },
  { path: '/dashboard/developers/webhooks', screen: later(async () => (await import('./webhooks')).Webhooks) },
  { path: '/dashboard/developers/webhooks/:id', screen: later(async () => (await import('./webhooks')).WebhookScreen) },
  { path: '/dashboard/developers/events', screen: later(async () => (await import('./events')).Events) },
  { path: '/dashboard/developers/cti', screen: later(async () => (await import('./ctiplay')).CtiPlayground) },
  { path: '/dashboard/settings', screen: later(async () => (await import('./settings')).Settings) },
  { path: '/dashboard/settings/security', screen: later(async () => (await import('./settings')).Security) },
  { path: '/dashboard/settings/doctor', screen: later(async () => (await import('./settings')).Doctor) },
  { path: '/dashboard/settings/audit', screen: later(async () => (await import('./audit')).Audit) },
  { path: '/dashboard/settings/about', screen: later(async () => (await import('./settings')).About) },
];

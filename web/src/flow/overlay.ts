// What lies over the nodes: how many calls are in each now (SPEC F15), or how the calls of the last days left it (SPEC F16).
import { api } from '../api/client';
import { useQuery } from '../api/query';
import { t } from '../i18n/words';
import type { Traffic } from './desk';

export type Overlay = 'none' | 'live' | 'week';

/** The traffic of each node; null where none is asked for, or known yet. */
export function useTraffic(id: string, overlay: Overlay): { traffic: Map<string, Traffic> | null; told: string } {
  const live = useQuery(overlay === 'live' ? `flow-live ${id}` : 'flow-live none', async (signal) => (overlay === 'live' ? (await api.get('/api/v1/flows/{id}/live', { path: { id }, signal })).data ?? [] : []), ['call.*']);
  const week = useQuery(overlay === 'week' ? `flow-week ${id}` : 'flow-week none', async (signal) => (overlay === 'week' ? api.get('/api/v1/flows/{id}/drop-off', { path: { id }, signal }) : undefined), ['call.ended']);
  if (overlay === 'live') {
    const nodes = live.data ?? [];
    const calls = nodes.reduce((n, x) => n + x.calls, 0);
    return { traffic: new Map(nodes.map((x) => [x.node, { calls: x.calls, text: t('flow.overlay.now', { n: x.calls }), tone: 'live' as const }])), told: t('flow.overlay.now_all', { n: calls }) };
  }
  if (overlay === 'week') {
    const d = week.data;
    if (!d) return { traffic: null, told: '' };
    return {
      told: t('flow.overlay.week_all', { n: d.calls }),
      traffic: new Map((d.data ?? []).map((x) => [x.node, {
        calls: x.entered, text: x.dropped > 0 ? t('flow.overlay.week_dropped', { n: x.entered, percent: Math.round(x.drop_rate * 100) }) : t('flow.overlay.week', { n: x.entered }),
        tone: x.entered === 0 ? 'soft' as const : x.drop_rate >= 0.2 ? 'bad' as const : x.drop_rate >= 0.05 ? 'warn' as const : 'good' as const,
      }])),
    };
  }
  return { traffic: null, told: '' };
}

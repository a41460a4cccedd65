// How a call sounded: for each who talked in it a verdict in words, and the figures of both directions.
import { api, type Schemas } from '../api/client';
import { useQuery } from '../api/query';
import { t } from '../i18n/words';
import { Badge, Card } from '../parts/basic';

type Leg = Schemas['LegQuality'];

const tones = { good: 'good', fair: 'warn', poor: 'bad', unheard: 'bad', unknown: 'soft' } as const;

function verdictOf(q: Leg): string {
  if (q.verdict === 'good') return t('workspace.quality.good');
  if (q.verdict === 'fair') return t('workspace.quality.fair');
  if (q.verdict === 'poor') return t('workspace.quality.poor');
  return t('workspace.quality.unheard');
}

const nameOf = (q: Leg) => q.user?.name ?? t(q.party === 'caller' ? 'workspace.detail.by_caller' : 'workspace.detail.by_callee');

/** The figures of one direction in a line; nothing where there was no sound, or nobody told. */
function figures(way: 'workspace.detail.sound_in' | 'workspace.detail.sound_out', q: Leg['in'] | null): string {
  return q ? t(way, { mos: q.mos.toFixed(1), percent: q.lost_percent.toFixed(1), jitter: q.jitter_ms.toFixed(0) }) : '';
}

/** How the call with this id sounded. It is asked again when the call ends: only then all is counted. */
export function Sound({ id }: { id: string }) {
  const asked = useQuery(`quality:${id}`, (signal) => api.get('/api/v1/calls/{id}/quality', { path: { id }, signal }), ['call.*'], id);
  const legs = (asked.data?.data ?? []).filter((q) => q.verdict !== 'unknown' || q.fault);
  if (legs.length === 0) return null;
  return (
    <Card title={t('workspace.detail.sound')}>
      <ul class="plain stack loose" aria-label={t('workspace.detail.sound')}>
        {legs.map((q) => {
          const ways = [figures('workspace.detail.sound_in', q.in), figures('workspace.detail.sound_out', q.out)].filter(Boolean);
          return (
            <li key={q.leg} class="stack tight" data-verdict={q.verdict}>
              <p class="row wrap"><span class="strong cut" title={nameOf(q)}>{nameOf(q)}</span><Badge tone={tones[q.verdict]}>{verdictOf(q)}</Badge></p>
              <p class="wrap-any">{q.text}</p>
              {ways.map((w) => <p key={w} class="small soft num wrap-any">{w}</p>)}
            </li>
          );
        })}
      </ul>
    </Card>
  );
}

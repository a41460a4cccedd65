// What lies between two versions of a flow, in words (SPEC F9).
import { t, tMaybe } from '../i18n/words';
import { Badge, Empty } from '../parts/basic';
import { useDesk } from './desk';
import type { Difference } from './diff';
import { nodeOf, type FlowDocument } from './model';
import { kindName, nodeName, portName } from './tell';

/** A difference, each node by its name. */
export function DifferenceView({ d, before, after }: { d: Difference; before: FlowDocument; after: FlowDocument }) {
  const { names } = useDesk();
  const find = (id: string) => nodeOf(after, id) ?? nodeOf(before, id);
  const name = (id: string) => (id === '' ? t('flow.nowhere') : find(id) ? nodeName(find(id)) : t('flow.diff.gone'));
  const value = (path: string, v: unknown): string => {
    if (v === null || v === undefined || v === '') return t('flow.diff.nothing');
    if (v === true) return t('flow.diff.yes');
    if (v === false) return t('flow.diff.no');
    if (Array.isArray(v)) return v.map((x) => value(path, x)).join(', ') || t('flow.diff.nothing');
    if (typeof v === 'object') return Object.entries(v as Record<string, unknown>).filter(([k]) => k !== 'id').map(([k, x]) => `${label(k)}: ${value(`${path}.${k}`, x)}`).join('; ');
    if (typeof v === 'number') return String(v);
    const s = String(v);
    if (/(^|\.)(users?|last_users)(\[|$)/.test(path)) return names.user(s);
    if (/(^|\.)team$/.test(path)) return names.team(s);
    if (/(audio|error|retry|music|greeting)$/.test(path)) return names.audio(s);
    if (/(number|from)$/.test(path) && s.startsWith('num_')) return names.number(s);
    if (/date$/.test(path)) return names.date(s);
    if (/tags(\[|$)/.test(path)) return names.tag(s);
    if (/\brule$/.test(path)) return tMaybe(`flow.ring.${s}`, s);
    if (/days(\[|$)/.test(path)) return tMaybe(`flow.day.${s}`, s);
    return s;
  };
  const label = (path: string) => {
    const key = path.replace(/\[\d+\]/g, '').split('.').pop() ?? path;
    const n = /\[(\d+)\]/.exec(path)?.[1];
    const text = tMaybe(`flow.field.${key}`, key);
    return n !== undefined && /branches|options/.test(path) ? t('flow.diff.of_branch', { n: Number(n) + 1, field: text }) : text;
  };
  const edges = (d.edges ?? []).filter((e) => !(d.added ?? []).includes(e.from) && !(d.removed ?? []).includes(e.from));
  const nothing = !(d.fields ?? []).length && !(d.added ?? []).length && !(d.removed ?? []).length && !(d.changed ?? []).length && !edges.length;
  if (nothing) return <Empty icon="check" title={t('flow.diff.same')} />;
  const fields = (all: Difference['fields']) => (all ?? []).map((f) => <li key={f.path}><span>{label(f.path)}</span> <del>{value(f.path, f.before)}</del> <span aria-hidden="true">→</span> <ins>{value(f.path, f.after)}</ins></li>);
  const kind = (id: string) => { const n = find(id); return n ? kindName(n.type) : ''; };
  return (
    <ul class="plain flow-diff">
      {(d.fields ?? []).length > 0 && <li class="changed"><Badge tone="info">{t('flow.diff.changed')}</Badge><div class="grow"><b>{t('flow.inspect.flow')}</b><ul class="plain">{fields(d.fields)}</ul></div></li>}
      {(d.added ?? []).map((id) => <li key={`+${id}`}><Badge tone="good">{t('flow.diff.added')}</Badge><div class="grow"><b>{name(id)}</b> <span class="soft">{kind(id)}</span></div></li>)}
      {(d.removed ?? []).map((id) => <li key={`-${id}`}><Badge tone="bad">{t('flow.diff.removed')}</Badge><div class="grow"><b>{name(id)}</b> <span class="soft">{kind(id)}</span></div></li>)}
      {(d.changed ?? []).map((c) => <li key={c.node}><Badge tone="info">{t('flow.diff.changed')}</Badge><div class="grow"><b>{c.title || name(c.node)}</b> <span class="soft">{kind(c.node)}</span><ul class="plain">{fields(c.fields)}</ul></div></li>)}
      {edges.map((e) => {
        const n = find(e.from);
        return <li key={`${e.from} ${e.port}`}><Badge tone="warn">{t('flow.diff.edge')}</Badge><div class="grow"><b>{n ? `${nodeName(n)} · ${portName(n, e.port)}` : t('flow.calls_come_in')}</b> <del>{name(e.before)}</del> <span aria-hidden="true">→</span> <ins>{name(e.after)}</ins></div></li>;
      })}
    </ul>
  );
}

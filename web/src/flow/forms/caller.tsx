// The forms of the nodes that share calls out: by who calls, or by chance.
import { t } from '../../i18n/words';
import { Avatar, Button, Icon } from '../../parts/basic';
import { CheckField, TextField } from '../../parts/fields';
import { useDesk } from '../desk';
import { changeBranch, configure, shared } from '../edits';
import { branches } from '../model';
import type { FormProps } from './forms';
import { BranchList, NumberField, Several } from './fields';

interface Match { prefixes?: string[]; countries?: string[]; anonymous?: boolean; tags?: string[]; vip?: boolean; blocked?: boolean; returns_in_days?: number; last_users?: string[] }

const list = (text: string) => text.split(/[\s,;]+/).filter(Boolean);

/** By who calls: the first branch of which any condition holds (SPEC T10). */
export function CallerForm({ node }: FormProps) {
  const { draft, names } = useDesk();
  return (
    <BranchList node={node} title={t('flow.caller.branches')}>
      {(b) => {
        const m = (b['match'] as Match | undefined) ?? {};
        const put = (fields: Match, about = '') => draft.change((d) => {
          const match: Record<string, unknown> = { ...m, ...fields };
          for (const [k, v] of Object.entries(match)) if (v === undefined || v === false || (Array.isArray(v) && v.length === 0)) delete match[k];
          return changeBranch(d, node.id, b.id, { match });
        }, about && `${node.id} ${b.id} ${about}`);
        const wrongPrefix = (m.prefixes ?? []).some((p) => !/^\+[0-9]{1,15}$/.test(p)), wrongCountry = (m.countries ?? []).some((p) => !/^[A-Z]{2}$/.test(p));
        return (
          <div class="stack">
            <p class="soft small">{t('flow.caller.any')}</p>
            <div class="flow-checks">
              <CheckField label={t('flow.caller.vip')} checked={Boolean(m.vip)} onValue={(v) => put({ vip: v })} />
              <CheckField label={t('flow.caller.anonymous')} checked={Boolean(m.anonymous)} onValue={(v) => put({ anonymous: v })} />
              <CheckField label={t('flow.caller.blocked')} checked={Boolean(m.blocked)} onValue={(v) => put({ blocked: v })} />
              <CheckField label={t('flow.caller.returns')} checked={m.returns_in_days !== undefined} onValue={(v) => put({ returns_in_days: v ? 7 : undefined })} />
            </div>
            {m.returns_in_days !== undefined && <NumberField label={t('flow.caller.days')} value={m.returns_in_days} low={1} high={3650} onValue={(v) => put({ returns_in_days: v }, 'days')} />}
            <ListText label={t('flow.caller.prefixes')} placeholder="+33 6, +41" value={m.prefixes ?? []} parse={(s) => s.split(/[,;]+/).map((x) => x.replace(/\s+/g, '')).filter(Boolean)} error={wrongPrefix ? t('flow.caller.bad_prefix') : undefined} onValue={(v) => put({ prefixes: v }, 'prefixes')} />
            <ListText label={t('flow.caller.countries')} placeholder="FR, BE, CH" value={m.countries ?? []} parse={(s) => list(s.toUpperCase())} error={wrongCountry ? t('flow.caller.bad_country') : undefined} onValue={(v) => put({ countries: v }, 'countries')} />
            <Several label={t('flow.caller.tags')} chosen={m.tags ?? []} name={names.tag} found={names.tags.map((x) => ({ id: x.id, label: x.name, lead: <Icon name="tag" size={16} /> }))} onValue={(v) => put({ tags: v })} />
            <Several label={t('flow.caller.last')} chosen={m.last_users ?? []} name={names.user} found={names.users.map((u) => ({ id: u.id, label: u.name, detail: u.extension, lead: <Avatar name={u.name} size={24} /> }))} onValue={(v) => put({ last_users: v })} />
          </div>
        );
      }}
    </BranchList>
  );
}

/** A list that is typed as one text, parted by commas; it is taken when the field is left, so that commas can be typed. */
function ListText({ label, value, parse, onValue, error, placeholder }: { label: string; value: string[]; parse: (s: string) => string[]; onValue: (v: string[]) => void; error?: string | undefined; placeholder: string }) {
  return <TextField key={value.join()} label={label} placeholder={placeholder} value={value.join(', ')} error={error} onValue={() => undefined} onChange={(e) => onValue(parse(e.currentTarget.value))} />;
}

/** By chance: each branch has its share, 100 % together. */
export function SplitForm({ node }: FormProps) {
  const { draft } = useDesk();
  const all = branches(node);
  const sum = Math.round(all.reduce((s, b) => s + Number(b['percent'] ?? 0), 0) * 100) / 100;
  return (
    <>
      <BranchList node={node} title={t('flow.split.branches')}>
        {(b) => <NumberField label={t('flow.split.share')} unit="%" value={Number(b['percent'] ?? 0)} low={0} high={100} step={0.01} onValue={(percent) => draft.change((d) => changeBranch(d, node.id, b.id, { percent }), `${node.id} ${b.id} share`)} />}
      </BranchList>
      <div class="row between"><span class={Math.abs(sum - 100) < 0.01 ? 'soft' : 'bad'} role="status">{t('flow.split.sum', { n: sum })}</span>
        <Button small onClick={() => draft.change((d) => configure(d, node.id, { branches: shared(branches(d.nodes.find((n) => n.id === node.id)!)) }))}>{t('flow.split.equal')}</Button></div>
    </>
  );
}

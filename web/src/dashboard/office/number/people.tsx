// Whom a number rings, and who may show it when they call.
import { useState } from 'preact/hooks';
import { api, type Schemas } from '../../../api/client';
import { may } from '../../../entry/signed';
import { t } from '../../../i18n/words';
import { Avatar, Banner, Button, Card, Empty, Icon, IconButton, Link, Refusal } from '../../../parts/basic';
import { FormDialog } from '../../../parts/over';
import { useDoing } from '../doing';
import { TeamPicker, UserPicker } from '../pick';
import { act, type Held, type NumberObject } from './ask';
import { ConversionPending, ConvertCard } from './convert';

type Ref = Schemas['Reference'];
type List = 'users' | 'teams' | 'outbound_users';

const ids = (all: Ref[] | null) => (all ?? []).map((x) => x.id);
const assignmentsOf = (n: NumberObject): Schemas['Assignments'] => ({ users: ids(n.users), teams: ids(n.teams), outbound_users: ids(n.outbound_users) });

export function People(held: Held) {
  const { number: n, etag } = held;
  const [adding, setAdding] = useState<List | ''>('');
  const doing = useDoing();
  const rights = may('numbers:write') ? undefined : t('numbers.may_not');
  const put = (change: Partial<Schemas['Assignments']>) => act(n.id, () => api.put('/api/v1/numbers/{id}/assignments', { path: { id: n.id }, body: { ...assignmentsOf(n), ...change }, ifMatch: etag }));
  const drop = (list: List, id: string) => void doing.run(`${list}${id}`, () => put({ [list]: (assignmentsOf(n)[list] ?? []).filter((x) => x !== id) }));
  const add = async (list: List, id: string) => {
    if (await doing.run('add', () => put({ [list]: [...(assignmentsOf(n)[list] ?? []), id] }))) setAdding('');
  };
  const direct = n.kind === 'direct';
  const whyTeam = rights ?? (direct ? t('numbers.people.why_no_team') : n.kind === 'unconfigured' ? t('numbers.people.why_unconfigured') : n.conversion ? t('numbers.people.why_conversion') : undefined);
  const whyUser = rights ?? (direct && !n.waits_for_user ? t('numbers.people.why_one_user') : n.kind === 'unconfigured' ? t('numbers.people.why_unconfigured') : n.conversion ? t('numbers.people.why_conversion') : undefined);
  const shown = (list: List) => ({ n, list, doing, drop, rights: direct && list === 'users' ? t('numbers.people.why_for_good') : rights });
  return (
    <div class="stack loose">
      <ConversionPending {...held} />
      {n.waits_for_user && <Banner tone="bad"><p class="strong">{t('numbers.waits.title')}</p><p>{t('numbers.waits.text')}</p></Banner>}
      {direct && !n.waits_for_user && <Banner tone="info"><p class="strong">{t('numbers.direct.one_user', { name: n.users?.[0]?.name ?? '' })}</p><p>{t('numbers.direct.one_user_text')}</p></Banner>}
      {doing.problem && !adding && <Refusal problem={doing.problem} />}
      <div class="office-two">
        <Card title={t('numbers.people.users')} actions={<Button icon="plus" small onClick={() => setAdding('users')} why={whyUser}>{t('numbers.people.add_user')}</Button>}>
          <Everybody {...shown('users')} empty={t('numbers.people.no_users')} />
          {whyUser && !rights && <p class="hint">{whyUser}</p>}
        </Card>
        <Card title={t('numbers.people.teams')} actions={<Button icon="plus" small onClick={() => setAdding('teams')} why={whyTeam}>{t('numbers.people.add_team')}</Button>}>
          <Everybody {...shown('teams')} empty={t('numbers.people.no_teams')} />
          {whyTeam && !rights && <p class="hint">{whyTeam}</p>}
        </Card>
      </div>
      <Card title={t('numbers.people.outbound')} actions={<Button icon="plus" small onClick={() => setAdding('outbound_users')} why={rights ?? (direct ? t('numbers.people.why_outbound') : undefined)}>{t('numbers.people.add_user')}</Button>}>
        <p class="soft">{t('numbers.people.outbound_text')}</p>
        <Everybody {...shown('outbound_users')} empty={t('numbers.people.no_outbound')} />
      </Card>
      {n.can_convert && !n.conversion && (
        <ConvertCard {...held} title={t('numbers.convert.card')} label={t('numbers.convert.button')}><p class="soft">{t('numbers.convert.card_text')}</p></ConvertCard>
      )}
      {adding && (
        <AddDialog list={adding} have={adding === 'teams' ? ids(n.teams) : adding === 'users' ? ids(n.users) : ids(n.outbound_users)} problem={doing.problem} busy={doing.busy !== ''} onClose={() => { doing.clear(); setAdding(''); }} onAdd={(id) => add(adding, id)} />
      )}
    </div>
  );
}

function Everybody({ n, list, doing, drop, rights, empty }: { n: NumberObject; list: List; doing: { busy: string }; drop: (list: List, id: string) => void; rights: string | undefined; empty: string }) {
  const all = n[list] ?? [];
  if (all.length === 0) return <Empty title={empty} />;
  const at = list === 'teams' ? '/dashboard/teams/' : '/dashboard/users/';
  return (
    <ul class="plain office-list">
      {all.map((x) => (
        <li key={x.id} class="row">
          {list === 'teams' ? <span class="office-round"><Icon name="team" size={18} /></span> : <Avatar name={x.name || '?'} size={32} />}
          <Link to={at + x.id} class="lead-link cut grow" title={x.name}>{x.name || t('numbers.people.unnamed')}</Link>
          <IconButton icon="close" small label={t('numbers.people.remove', { name: x.name })} why={rights ?? (doing.busy ? t('core.loading') : undefined)} onClick={() => drop(list, x.id)} />
        </li>
      ))}
    </ul>
  );
}

function AddDialog({ list, have, problem, busy, onClose, onAdd }: { list: List; have: string[]; problem: import('../../../api/client').Problem | undefined; busy: boolean; onClose: () => void; onAdd: (id: string) => Promise<void> }) {
  const [picked, setPicked] = useState('');
  const why = (id: string) => (have.includes(id) ? t('numbers.people.there_already') : undefined);
  const title = t(list === 'teams' ? 'numbers.people.add_team' : 'numbers.people.add_user');
  return (
    <FormDialog title={title} onClose={onClose} onSubmit={() => onAdd(picked)} submit={t('core.add')} busy={busy} why={picked ? undefined : t('numbers.people.choose_first')}>
      {list === 'teams' ? <TeamPicker label={t('numbers.people.team')} why={why} onPick={(x) => setPicked(x.id)} /> : <UserPicker label={t('numbers.people.user')} why={why} onPick={(x) => setPicked(x.id)} />}
      {list === 'users' && <p class="hint">{t('numbers.people.flow_hint')}</p>}
      {problem && <Refusal problem={problem} />}
    </FormDialog>
  );
}

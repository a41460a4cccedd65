// Handing a call on: to a colleague, a team or a number. Who cannot take it is shown, with the reason (SPEC C6, C9).
import { useState } from 'preact/hooks';
import { api } from '../api/client';
import { t } from '../i18n/words';
import { Avatar, Badge, Button, Icon } from '../parts/basic';
import { TextField } from '../parts/fields';
import { Dialog } from '../parts/over';
import { attempt } from './act';
import { presenceOf, statusOf } from './show';
import { myID, useColleagues, useTeams, type Availability, type User } from './state';
import { dialled, isDiallable } from './words';

interface Target { id: string; name: string; detail: string; why: string | undefined; presence?: 'available' | 'busy' | 'away' | 'offline'; body: { to_user?: string; to_team?: string; to?: string } }

const free = (a: Availability | undefined) => a?.status === 'available';

/** Who a call can be handed to, those who can take it first. */
export function targetsOf(users: User[], teams: { id: string; name: string; user_ids: string[] | null }[], status: Map<string, Availability>, me: string): Target[] {
  const mates: Target[] = users.filter((u) => u.id !== me && !u.outgoing_only).map((u) => {
    const a = status.get(u.id);
    return { id: u.id, name: u.name, detail: u.extension ?? '', why: free(a) ? undefined : statusOf(a), presence: presenceOf(a), body: { to_user: u.id } };
  });
  const groups: Target[] = teams.map((x) => {
    const n = (x.user_ids ?? []).filter((id) => id !== me && free(status.get(id))).length;
    return { id: x.id, name: x.name, detail: t('workspace.transfer.free', { n }), why: n > 0 ? undefined : t('workspace.transfer.nobody'), body: { to_team: x.id } };
  });
  const all = [...mates, ...groups];
  return [...all.filter((x) => !x.why), ...all.filter((x) => x.why)];
}

export function Transfer({ callID, onClose }: { callID: string; onClose: () => void }) {
  const { users, status } = useColleagues();
  const teams = useTeams().data?.data ?? [];
  const [text, setText] = useState('');
  const [busy, setBusy] = useState('');
  const simple = (s: string) => s.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  const found = targetsOf(users, teams, status, myID()).filter((x) => simple(`${x.name} ${x.detail}`).includes(simple(text.trim())));
  const send = async (x: Pick<Target, 'id' | 'name' | 'body'>) => {
    setBusy(x.id);
    if (await attempt(() => api.post('/api/v1/calls/{id}/actions/transfer', { path: { id: callID }, body: { mode: 'cold', user: myID(), ...x.body } }), t('workspace.transfer.done', { name: x.name }))) onClose();
    setBusy('');
  };
  const number = isDiallable(text) ? { id: 'number', name: text.trim(), body: { to: dialled(text) } } : null;
  return (
    <Dialog title={t('workspace.transfer.title')} onClose={onClose}>
      <form class="stack" onSubmit={(e) => { e.preventDefault(); const first = number ?? found.find((x) => !x.why); if (first) void send(first); }}>
        <TextField label={t('workspace.transfer.search')} type="search" autofocus value={text} onValue={setText} placeholder={t('workspace.transfer.placeholder')} />
        {number && <Button kind="primary" icon="transfer" type="submit" busy={busy === 'number'}>{t('workspace.transfer.to_number', { number: number.name })}</Button>}
        {found.length === 0 && !number && <p class="soft">{t('core.nothing_found')}</p>}
        <ul class="plain targets">
          {found.slice(0, 60).map((x) => (
            <li key={x.id} class={x.why ? 'off' : ''}>
              {x.body.to_team ? <span class="team-mark"><Icon name="team" /></span> : <Avatar name={x.name} presence={x.presence} />}
              <span class="grow stack tight"><span class="cut strong" title={x.name}>{x.name}</span><span class="small soft">{x.detail}</span></span>
              {x.why && <Badge>{x.why}</Badge>}
              <Button small icon="transfer" busy={busy === x.id} why={x.why ? t('workspace.transfer.why', { name: x.name, why: x.why }) : undefined} aria-label={t('workspace.transfer.to', { name: x.name })} onClick={() => void send(x)}>{t('workspace.transfer.go')}</Button>
            </li>
          ))}
        </ul>
      </form>
    </Dialog>
  );
}

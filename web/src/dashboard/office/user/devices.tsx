// The devices of a user: what registers for them.
import { useState } from 'preact/hooks';
import { api, type Schemas } from '../../../api/client';
import { may } from '../../../entry/signed';
import { t } from '../../../i18n/words';
import { Banner, Button, Card, Copy, Empty, Facts, Icon, IconButton, Refusal } from '../../../parts/basic';
import { SelectField, TextField } from '../../../parts/fields';
import type { IconName } from '../../../parts/icons';
import { Dialog, FormDialog, confirm } from '../../../parts/over';
import { useDoing } from '../doing';
import { change, type Held } from './ask';

type Device = Schemas['DeviceObject'];
const looks: Record<Device['kind'], IconName> = { native: 'sim', workspace: 'laptop', cti: 'headset', app: 'mobile', sip_phone: 'phone' };

export function Devices({ user: u }: Held) {
  const [adding, setAdding] = useState(false);
  const [shown, setShown] = useState<Device | null>(null);
  const doing = useDoing();
  const rights = may('users:write') ? undefined : t('numbers.may_not');
  const at = (device: string) => ({ path: { id: u.id, device } });
  const rotate = async (d: Device) => {
    if (!(await confirm(t('numbers.devices.rotate_title'), <p>{t('numbers.devices.rotate_text')}</p>, t('numbers.devices.rotate'), 'plain'))) return;
    await doing.run(d.id, () => change(u.id, async () => { setShown(await api.post('/api/v1/users/{id}/devices/{device}/rotate-password', at(d.id))); }));
  };
  const remove = async (d: Device) => {
    if (!(await confirm(t('numbers.devices.delete_title', { name: d.username }), <p>{t('numbers.devices.delete_text')}</p>, t('core.delete')))) return;
    await doing.run(d.id, () => change(u.id, () => api.delete('/api/v1/users/{id}/devices/{device}', at(d.id))), '');
  };
  return (
    <Card title={t('numbers.user.tab_devices')} actions={<Button small icon="plus" onClick={() => setAdding(true)} why={rights}>{t('numbers.devices.add')}</Button>}>
      <p class="soft">{t('numbers.devices.text')}</p>
      {doing.problem && <Refusal problem={doing.problem} />}
      {(u.devices ?? []).length === 0 ? <Empty icon="phone" title={t('numbers.devices.none')}>{t('numbers.devices.none_text')}</Empty> : (
        <ul class="plain office-list">
          {u.devices!.map((d) => (
            <li key={d.id} class="row">
              <span class="office-round"><Icon name={looks[d.kind]} size={18} /></span>
              <span class="stack tight grow"><strong>{t(`numbers.device.${d.kind}`)}</strong><span class="soft small mono cut" title={d.aor}>{d.username}</span></span>
              {(d.kind === 'sip_phone' || d.kind === 'app') && <Button small icon="refresh" busy={doing.busy === d.id} onClick={() => void rotate(d)} why={rights}>{t('numbers.devices.rotate')}</Button>}
              <IconButton small icon="trash" label={t('numbers.devices.delete', { name: t(`numbers.device.${d.kind}`) })} onClick={() => void remove(d)} why={rights} />
            </li>
          ))}
        </ul>
      )}
      {adding && <AddDevice id={u.id} extension={u.extension} onClose={() => setAdding(false)} onMade={(d) => { setAdding(false); setShown(d); }} />}
      {shown && <Secret device={shown} onClose={() => setShown(null)} />}
    </Card>
  );
}

const kinds = ['sip_phone', 'app'] as const;

function AddDevice({ id, onClose, onMade }: { id: string; extension: string; onClose: () => void; onMade: (d: Device) => void }) {
  const [kind, setKind] = useState<Schemas['DeviceCreate']['kind']>('sip_phone');
  const [username, setUsername] = useState('');
  const doing = useDoing();
  const add = () => doing.run('add', () => change(id, async () => onMade(await api.post('/api/v1/users/{id}/devices', { path: { id }, body: { kind, ...(username.trim() ? { username: username.trim() } : {}) } })))).then(() => undefined);
  return (
    <FormDialog title={t('numbers.devices.add')} onClose={onClose} onSubmit={add} submit={t('core.add')} busy={doing.busy !== ''}>
      <SelectField label={t('numbers.devices.kind')} hint={t('numbers.devices.kind_hint')} value={kind} onValue={(v) => setKind(v as typeof kind)} choices={kinds.map((k) => ({ value: k, label: t(`numbers.device.${k}`) }))} error={doing.problem?.about('kind')} />
      <TextField label={t('numbers.devices.username')} hint={t('numbers.devices.username_hint')} autocomplete="off" value={username} onValue={setUsername} error={doing.problem?.about('username')} />
      {doing.problem && !doing.problem.about('kind') && !doing.problem.about('username') && <Refusal problem={doing.problem} />}
    </FormDialog>
  );
}

/** The password, this once. */
function Secret({ device: d, onClose }: { device: Device; onClose: () => void }) {
  return (
    <Dialog title={t('numbers.devices.secret')} onClose={onClose} actions={<><span class="grow" /><Button kind="primary" onClick={onClose}>{t('numbers.devices.written')}</Button></>}>
      <div class="stack">
        <p>{t('numbers.devices.enter')}</p>
        <Facts facts={[[t('numbers.devices.username'), <span class="mono">{d.username}</span>], [t('numbers.devices.domain'), <span class="mono">{d.realm}</span>], [t('numbers.users.password'), d.password && <span class="mono wrap-any">{d.password}</span>]]} />
        <div class="row"><Copy text={d.password ?? ''} label={t('numbers.devices.copy')} /></div>
        <Banner tone="warn">{t('numbers.users.once')}</Banner>
      </div>
    </Dialog>
  );
}

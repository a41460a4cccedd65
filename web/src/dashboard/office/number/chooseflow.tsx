// Giving a number a flow: one that is there, a copy of its own, or a new one from a template.
import { useState } from 'preact/hooks';
import { api } from '../../../api/client';
import { useQuery } from '../../../api/query';
import { t } from '../../../i18n/words';
import { Refusal, Spinner } from '../../../parts/basic';
import { Picker, TextField } from '../../../parts/fields';
import { FormDialog, toast } from '../../../parts/over';
import { navigate } from '../../../parts/router';
import { useDoing } from '../doing';
import { TeamPicker, UserPicker } from '../pick';
import { act, type Held } from './ask';

type Props = Held & { how: 'choose' | 'duplicate' | 'create'; onClose: () => void };

export function ChooseFlow(props: Props) {
  if (props.how === 'choose') return <Choose {...props} />;
  if (props.how === 'duplicate') return <Duplicate {...props} />;
  return <Create {...props} />;
}

const give = (id: string, flow: string, etag: string | null) => act(id, () => api.put('/api/v1/numbers/{id}/flow', { path: { id }, body: { flow_id: flow }, ifMatch: etag }));

function Choose({ number: n, etag, onClose }: Props) {
  const [flow, setFlow] = useState('');
  const doing = useDoing();
  const flows = useQuery('flows-all', (signal) => api.get('/api/v1/flows', { query: { limit: 200 }, signal }), ['flow.*']);
  const found = (flows.data?.data ?? []).filter((f) => !f.for_number).map((f) => ({
    id: f.id, label: f.name, detail: t('numbers.flow.serves', { n: f.numbers?.length ?? 0 }),
    why: f.id === n.flow?.id ? t('numbers.flow.this_one') : f.restricted ? t('numbers.flow.of_direct') : f.version === 0 ? t('numbers.flow.unpublished') : undefined,
  }));
  const go = async () => {
    if (await doing.run('give', () => give(n.id, flow, etag), t('numbers.flow.given'))) onClose();
  };
  return (
    <FormDialog title={t('numbers.flow.choose')} onClose={onClose} onSubmit={go} submit={t('numbers.flow.use')} busy={doing.busy !== ''} why={flow ? undefined : t('numbers.flow.choose_first')}>
      <p class="soft">{t('numbers.flow.choose_text')}</p>
      {doing.problem && <Refusal problem={doing.problem} />}
      {flows.data ? <Picker label={t('numbers.list.flow')} placeholder={t('numbers.flow.find')} found={found} onPick={(f) => setFlow(f.id)} /> : flows.problem ? <Refusal problem={flows.problem} retry={flows.refresh} /> : <Spinner />}
    </FormDialog>
  );
}

function Duplicate({ number: n, etag, onClose }: Props) {
  const [name, setName] = useState(t('numbers.flow.copy_of', { name: n.flow!.name }).slice(0, 100));
  const doing = useDoing();
  const go = async () => {
    let made = '';
    const done = await doing.run('duplicate', async () => {
      made = (await api.post('/api/v1/flows/{id}/duplicate', { path: { id: n.flow!.id }, body: { name } })).flow.id;
      await api.post('/api/v1/flows/{id}/publish', { path: { id: made }, body: {} as never });
      await give(n.id, made, etag);
    });
    if (done) {
      toast(t('numbers.flow.duplicated'), 'good');
      navigate(`/dashboard/flows/${made}`);
    }
  };
  return (
    <FormDialog title={t('numbers.flow.duplicate')} onClose={onClose} onSubmit={go} submit={t('numbers.flow.duplicate_go')} busy={doing.busy !== ''} why={name.trim() ? undefined : t('numbers.fill_name')}>
      <p class="soft">{t('numbers.flow.duplicate_text')}</p>
      {doing.problem && !doing.problem.about('name') && <Refusal problem={doing.problem} />}
      <TextField label={t('numbers.flow.name')} value={name} onValue={setName} error={doing.problem?.about('name')} maxLength={100} />
    </FormDialog>
  );
}

function Create({ number: n, etag, onClose }: Props) {
  const [template, setTemplate] = useState('');
  const [who, setWho] = useState<{ id: string; name: string } | null>(n.teams?.[0] ?? null);
  const [name, setName] = useState(n.name || n.display);
  const doing = useDoing();
  const asked = useQuery('flow-templates', (signal) => api.get('/api/v1/flow-templates', { signal }));
  const shared = (asked.data?.data ?? []).filter((x) => x.kind === 'shared');
  const chosen = shared.find((x) => x.id === template);
  const team = chosen?.needs?.includes('team'), user = chosen?.needs?.includes('user');
  const go = async () => {
    let made = '';
    const done = await doing.run('create', async () => {
      const f = await api.post('/api/v1/flows', { body: { name, template, ...(team ? { team_id: who!.id } : user ? { user_id: who!.id } : {}) } });
      made = f.id;
      if (f.version === 0) await api.post('/api/v1/flows/{id}/publish', { path: { id: made }, body: {} as never });
      await give(n.id, made, etag);
    });
    if (done) navigate(`/dashboard/flows/${made}`);
  };
  const why = !chosen ? t('numbers.flow.choose_template') : (team || user) && !who ? t('numbers.flow.choose_who') : name.trim() ? undefined : t('numbers.fill_name');
  return (
    <FormDialog wide title={t('numbers.flow.create')} onClose={onClose} onSubmit={go} submit={t('numbers.flow.create_go')} busy={doing.busy !== ''} why={why}>
      {doing.problem && <Refusal problem={doing.problem} />}
      {!asked.data && <Spinner />}
      <fieldset class="office-ways"><legend class="sr">{t('numbers.flow.template')}</legend>
        {shared.map((x) => (
          <label key={x.id} class={`office-way ${template === x.id ? 'on' : ''}`}>
            <input type="radio" name="template" value={x.id} checked={template === x.id} onChange={() => setTemplate(x.id)} />
            <span class="stack tight"><strong>{x.title}</strong><span class="soft">{x.text}</span></span>
          </label>
        ))}
      </fieldset>
      {team && <TeamPicker label={t('numbers.pick.ring_team')} chosen={who?.name ?? ''} onPick={setWho} />}
      {user && <UserPicker label={t('numbers.pick.ring_user')} chosen={who?.name ?? ''} onPick={setWho} />}
      <TextField label={t('numbers.flow.name')} value={name} onValue={setName} maxLength={100} />
    </FormDialog>
  );
}

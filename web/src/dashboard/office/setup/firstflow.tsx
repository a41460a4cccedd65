// The first call flow, from a template; a template that needs a team gets one of whoever sets the house up.
import { useState } from 'preact/hooks';
import { api } from '../../../api/client';
import { useQuery } from '../../../api/query';
import { session } from '../../../entry/signed';
import { language, t } from '../../../i18n/words';
import { Button, Empty, Refusal, Spinner } from '../../../parts/basic';
import { SelectField } from '../../../parts/fields';
import { useDoing } from '../doing';

export function FirstFlow({ onDone }: { onDone: () => void }) {
  const [template, setTemplate] = useState('');
  const [number, setNumber] = useState('');
  const doing = useDoing();
  const templates = useQuery(`flow-templates:${language.value}`, (signal) => api.get('/api/v1/flow-templates', { signal }));
  const numbers = useQuery('numbers-first', (signal) => api.get('/api/v1/numbers', { query: { limit: 50 }, signal }), ['number.*']);
  const lines = (numbers.data?.data ?? []).filter((n) => n.kind === 'shared');
  const n = lines.find((x) => x.id === number) ?? lines.find((x) => !x.flow) ?? lines[0];
  const shared = (templates.data?.data ?? []).filter((x) => x.kind === 'shared');
  const chosen = shared.find((x) => x.id === template);
  const make = async () => {
    const done = await doing.run('make', async () => {
      const team_id = chosen!.needs?.includes('team') ? await someTeam() : undefined;
      const flow = await api.post('/api/v1/flows', { body: { name: n!.name || n!.display, template, ...(team_id ? { team_id } : {}) } });
      if (flow.version === 0) await api.post('/api/v1/flows/{id}/publish', { path: { id: flow.id }, body: {} });
      await api.put('/api/v1/numbers/{id}/flow', { path: { id: n!.id }, body: { flow_id: flow.id } });
    });
    if (done) onDone();
  };
  if (!templates.data || !numbers.data) return templates.problem ? <Refusal problem={templates.problem} retry={templates.refresh} /> : <Spinner />;
  return (
    <div class="stack">
      <h1>{t('numbers.setup.flow_title')}</h1>
      <p class="soft">{t('numbers.setup.flow_text')}</p>
      {lines.length === 0 ? <Empty icon="hash" title={t('numbers.setup.no_number')} /> : (
        <>
          {lines.length > 1 && <SelectField label={t('numbers.list.number')} value={n?.id ?? ''} onValue={setNumber} choices={lines.map((x) => ({ value: x.id, label: x.name ? `${x.display} · ${x.name}` : x.display }))} />}
          <fieldset class="office-ways"><legend class="sr">{t('numbers.flow.template')}</legend>
            {shared.map((x) => (
              <label key={x.id} class={`office-way ${template === x.id ? 'on' : ''}`}>
                <input type="radio" name="template" value={x.id} checked={template === x.id} onChange={() => setTemplate(x.id)} />
                <span class="stack tight"><strong>{x.title}</strong><span class="soft">{x.text}</span></span>
              </label>
            ))}
          </fieldset>
          {chosen?.needs?.includes('team') && <p class="hint">{t('numbers.setup.team_hint')}</p>}
          {doing.problem && <Refusal problem={doing.problem} />}
          <div class="row"><Button kind="primary" busy={doing.busy !== ''} onClick={() => void make()} why={chosen ? undefined : t('numbers.flow.choose_template')}>{t('numbers.setup.flow_go')}</Button></div>
        </>
      )}
    </div>
  );
}

/** The first team there is, else one of who is signed in. */
async function someTeam(): Promise<string> {
  const there = await api.get('/api/v1/teams', { query: { limit: 1 } });
  const first = there.data?.[0];
  if (first) return first.id;
  const me = session.value?.user?.id;
  return (await api.post('/api/v1/teams', { body: { name: t('numbers.setup.team'), user_ids: me ? [me] : [] } })).id;
}

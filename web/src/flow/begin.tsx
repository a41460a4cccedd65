// A new flow: from a template, from a file, or from nothing but a voicemail.
import { useState } from 'preact/hooks';
import { api, type Problem, type Schemas } from '../api/client';
import { useQuery } from '../api/query';
import { t } from '../i18n/words';
import { Avatar, Icon, Refusal, Spinner } from '../parts/basic';
import { Picker, TextField } from '../parts/fields';
import { FormDialog } from '../parts/over';
import { navigate } from '../parts/router';
import { asProblem } from './draft';
import { readDocument } from './files';
import { useNames } from './names';
import type { IconName } from '../parts/icons';

const icons: Record<string, IconName> = { direct: 'mobile', team: 'team', hours: 'clock', menu: 'keypad', voicemail: 'voicemail' };

/** The dialog that begins a flow and then opens it. */
export function BeginFlow({ onClose }: { onClose: () => void }) {
  const templates = useQuery('flow-templates', (signal) => api.get('/api/v1/flow-templates', { signal }));
  const names = useNames();
  const [chosen, setChosen] = useState('team');
  const [name, setName] = useState('');
  const [user, setUser] = useState('');
  const [team, setTeam] = useState('');
  const [file, setFile] = useState<{ name: string; document: Record<string, unknown> } | null>(null);
  const [wrong, setWrong] = useState('');
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  const template = chosen === 'file' ? undefined : (templates.data?.data ?? []).find((x) => x.id === chosen);
  const needs = template?.needs ?? [];
  const why = chosen === 'file' ? (file ? undefined : t('flow.begin.need_file'))
    : needs.includes('user') && !user ? t('flow.begin.need_user') : needs.includes('team') && !team ? t('flow.begin.need_team') : undefined;

  const read = async (f: File | undefined) => {
    if (!f) return;
    const document = readDocument(await f.text());
    setWrong(document ? '' : t('flow.begin.bad_file'));
    setFile(document ? { name: f.name, document } : null);
    if (document && !name) setName(String(document['name'] ?? ''));
  };
  const make = async () => {
    setBusy(true);
    setProblem(undefined);
    const body: Schemas['FlowCreate'] = file && chosen === 'file' ? { name, document: file.document as never } : { name, template: chosen, user_id: needs.includes('user') ? user : undefined, team_id: needs.includes('team') ? team : undefined };
    try {
      const made = await api.post('/api/v1/flows', { body, idempotencyKey: crypto.randomUUID() });
      navigate(`/dashboard/flows/${made.id}`);
    } catch (e) {
      setProblem(asProblem(e));
      setBusy(false);
    }
  };
  return (
    <FormDialog title={t('flow.begin.title')} onClose={onClose} onSubmit={make} submit={t('flow.begin.go')} busy={busy} why={why} wide>
      {problem && <Refusal problem={problem} />}
      {!templates.data && !templates.problem && <Spinner />}
      <Refusal problem={templates.problem} retry={templates.refresh} />
      <fieldset class="flow-templates">
        <legend class="legend">{t('flow.begin.from')}</legend>
        {[...(templates.data?.data ?? []).map((x) => ({ id: x.id, title: x.title, text: x.text })), { id: 'file', title: t('flow.begin.file'), text: t('flow.begin.file_text') }].map((x) => (
          <label key={x.id} class={x.id === chosen ? 'on' : ''}>
            <input type="radio" class="sr" name="template" value={x.id} checked={x.id === chosen} onChange={() => setChosen(x.id)} />
            <Icon name={icons[x.id] ?? 'upload'} size={22} /><span><b>{x.title}</b><small>{x.text}</small></span>
          </label>
        ))}
      </fieldset>
      {chosen === 'file' && <div class="field"><label for="flow-file">{t('flow.begin.choose_file')}</label><input id="flow-file" type="file" accept="application/json,.json" onChange={(e) => void read(e.currentTarget.files?.[0])} />{wrong && <p class="error" role="alert"><Icon name="warning" size={14} /> {wrong}</p>}</div>}
      {needs.includes('team') && <Picker label={t('flow.begin.team')} placeholder={t('flow.pick.first_letter')} found={names.teams.map((x) => ({ id: x.id, label: x.name, detail: t('flow.pick.members', { n: (x.user_ids ?? []).length }), lead: <Icon name="team" /> }))} onPick={(f) => setTeam(f.id)} />}
      {needs.includes('user') && <Picker label={t('flow.begin.user')} placeholder={t('flow.pick.first_letter')} found={names.users.map((x) => ({ id: x.id, label: x.name, detail: x.extension, lead: <Avatar name={x.name} size={24} /> }))} onPick={(f) => setUser(f.id)} />}
      <TextField label={t('flow.begin.name')} hint={t('flow.begin.name_hint')} value={name} onValue={setName} maxLength={100} />
    </FormDialog>
  );
}

// The forms of the nodes that do something and go on: Send SMS, Set.
import { useState } from 'preact/hooks';
import { t } from '../../i18n/words';
import { Button, Icon, IconButton } from '../../parts/basic';
import { AreaField, Picker, Segments, SelectField, TextField } from '../../parts/fields';
import { useDesk } from '../desk';
import type { FormProps } from './forms';
import { Several, useSet } from './fields';
import { ExternalField } from './reach';

/** Sends a text message, to the caller or to one number. */
export function SMSForm({ node }: FormProps) {
  const { names } = useDesk();
  const set = useSet(node);
  const c = node.config ?? {};
  const [to, setTo] = useState(c['to'] ? 'number' : 'caller');
  const from = String(c['from'] ?? '');
  return (
    <>
      <AreaField label={t('flow.sms.text')} hint={t('flow.sms.length', { n: String(c['text'] ?? '').length })} rows={4} maxLength={1600} value={String(c['text'] ?? '')} onValue={(text) => set({ text }, 'text')} />
      <Segments label={t('flow.sms.to')} value={to} onValue={(v) => { setTo(v); if (v === 'caller') set({ to: undefined }); }} choices={[{ value: 'caller', label: t('flow.sms.to_caller') }, { value: 'number', label: t('flow.sms.to_number') }]} />
      {to === 'number' && <ExternalField label={t('flow.sms.number')} value={String(c['to'] ?? '')} onValue={(v) => set({ to: v || undefined }, 'to')} />}
      <Picker key={`${from} ${names.ready}`} label={t('flow.sms.from')} chosen={from ? names.number(from) : t('flow.sms.from_called')} onPick={(f) => set({ from: f.id || undefined })}
        found={[{ id: '', label: t('flow.sms.from_called') }, ...names.numbers.map((n) => ({ id: n.id, label: n.name ? `${n.name} · ${n.display}` : n.display, lead: <Icon name="hash" size={16} /> }))]} />
    </>
  );
}

/** Keeps something on the call: tags, a priority, a language, variables. */
export function SetForm({ node }: FormProps) {
  const { names } = useDesk();
  const set = useSet(node);
  const c = node.config ?? {};
  const tags = (c['tags'] as string[] | undefined) ?? [];
  const variables = Object.entries((c['variables'] as Record<string, string> | undefined) ?? {});
  const [name, setName] = useState('');
  const keep = (all: [string, string][], about?: string) => set({ variables: all.length > 0 ? Object.fromEntries(all) : undefined }, about);
  const bad = name !== '' && (/\s/.test(name) || name.length > 64 || variables.some(([k]) => k === name));
  const more = () => {
    if (!name || bad) return;
    keep([...variables, [name, '']]);
    setName('');
  };
  return (
    <>
      <Several label={t('flow.set.tags')} chosen={tags} name={names.tag} found={names.tags.map((x) => ({ id: x.id, label: x.name, lead: <Icon name="tag" size={16} /> }))} onValue={(v) => set({ tags: v.length > 0 ? v : undefined })} />
      <SelectField label={t('flow.set.priority')} value={c['priority'] === undefined ? '' : String(c['priority'])} onValue={(v) => set({ priority: v === '' ? undefined : Number(v) })}
        choices={[{ value: '', label: t('flow.set.same') }, { value: '1', label: t('flow.set.first') }, { value: '0', label: t('flow.set.normal') }]} />
      <SelectField label={t('flow.set.language')} hint={t('flow.set.language_hint')} value={String(c['language'] ?? '')} onValue={(v) => set({ language: v || undefined })} choices={[{ value: '', label: t('flow.set.same') }, { value: 'en', label: t('flow.language.en') }, { value: 'fr', label: t('flow.language.fr') }]} />
      <fieldset class="flow-group">
        <legend>{t('flow.set.variables')}</legend>
        {variables.map(([k, v]) => (
          <div key={k} class="row flow-end"><div class="grow"><TextField label={k} value={v} maxLength={1000} onValue={(x) => keep(variables.map(([a, b]) => [a, a === k ? x : b]), `var ${k}`)} /></div>
            <IconButton icon="trash" label={t('flow.pick.remove', { name: k })} onClick={() => keep(variables.filter(([a]) => a !== k))} /></div>
        ))}
        <div class="row flow-end"><div class="grow"><TextField label={t('flow.set.variable_name')} value={name} error={bad ? t('flow.set.bad_variable') : undefined} onValue={setName} onKeyDown={(e) => { if (e.key === 'Enter') { e.preventDefault(); more(); } }} /></div><Button small icon="plus" onClick={more}>{t('core.add')}</Button></div>
      </fieldset>
    </>
  );
}

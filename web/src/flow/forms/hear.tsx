// The forms of the nodes that are heard: messages, menus, inputs, waiting, voicemail, goodbye.
import { t } from '../../i18n/words';
import { CheckField, SelectField } from '../../parts/fields';
import { useDesk } from '../desk';
import { changeBranch } from '../edits';
import { branches } from '../model';
import type { FormProps } from './forms';
import { BranchList, ExtensionsField, NumberField, SecondsField, SoundField, useSet } from './fields';

/** An audio message (SPEC Q1). */
export function AudioForm({ node }: FormProps) {
  return <><SoundField node={node} field="audio" label={t('flow.audio.message')} /><ExtensionsField node={node} /></>;
}

const keys = [...'1234567890*#'];

/** A menu by keys (SPEC K1, K4, K5). */
export function MenuForm({ node }: FormProps) {
  const { draft } = useDesk();
  const set = useSet(node);
  const c = node.config ?? {};
  const used = branches(node).map((b) => String(b['key']));
  return (
    <>
      <SoundField node={node} field="audio" label={t('flow.menu.audio')} />
      <BranchList node={node} title={t('flow.menu.options')} full={used.length >= keys.length ? t('flow.menu.full') : undefined}>
        {(b) => <SelectField label={t('flow.menu.key')} value={String(b['key'] ?? '')} error={used.filter((k) => k === b['key']).length > 1 ? t('flow.menu.key_twice') : undefined}
          choices={keys.map((k) => ({ value: k, label: used.includes(k) && k !== b['key'] ? t('flow.menu.key_taken', { key: k }) : k }))} onValue={(key) => draft.change((d) => changeBranch(d, node.id, b.id, { key }))} />}
      </BranchList>
      <div class="flow-two">
        <SecondsField label={t('flow.menu.timeout')} hint={t('flow.menu.timeout_hint')} value={Number(c['timeout_seconds'] ?? 5)} low={1} high={60} step={0.5} onValue={(v) => set({ timeout_seconds: v }, 'timeout')} />
        <NumberField label={t('flow.menu.attempts')} value={Number(c['attempts'] ?? 3)} low={1} high={10} onValue={(v) => set({ attempts: v }, 'attempts')} />
      </div>
      <SoundField node={node} field="error" label={t('flow.menu.error')} none={t('flow.menu.error_none')} />
      <ExtensionsField node={node} />
    </>
  );
}

/** Collects digits (SPEC K6 to K12). */
export function InputForm({ node }: FormProps) {
  const set = useSet(node);
  const c = node.config ?? {};
  const length = Number(c['length'] ?? 0), attempts = Number(c['attempts'] ?? 1);
  const end = String(c['end_key'] ?? (length ? 'none' : '#'));
  return (
    <>
      <SoundField node={node} field="audio" label={t('flow.input.audio')} />
      <div class="flow-two">
        <SelectField label={t('flow.input.end')} value={end} onValue={(v) => set({ end_key: v, ...(v === 'none' && !length ? { length: 4 } : {}) })} choices={[{ value: '#', label: '#' }, { value: '*', label: '*' }, { value: 'none', label: t('flow.input.end_none') }]} />
        <NumberField label={t('flow.input.length')} hint={t('flow.input.length_hint')} value={length} low={end === 'none' ? 1 : 0} high={32} onValue={(v) => set({ length: v }, 'length')} />
        <SecondsField label={t('flow.input.timeout')} value={Number(c['timeout_seconds'] ?? 5)} low={1} high={60} step={0.5} onValue={(v) => set({ timeout_seconds: v }, 'timeout')} />
        <NumberField label={t('flow.menu.attempts')} value={attempts} low={1} high={3} onValue={(v) => set({ attempts: v }, 'attempts')} />
      </div>
      {attempts > 1 && <SoundField node={node} field="retry" label={t('flow.input.retry')} hint={t('flow.input.retry_hint')} />}
      <CheckField label={t('flow.input.display')} hint={t('flow.input.display_hint')} checked={Boolean(c['display_to_agent'])} onValue={(v) => set({ display_to_agent: v })} />
    </>
  );
}

/** What callers hear while they wait (SPEC Q3, Q6). */
export function WaitingForm({ node }: FormProps) {
  return (
    <>
      <SoundField node={node} field="music" label={t('flow.waiting.music')} hint={t('flow.waiting.music_hint')} none={t('flow.waiting.standard')} />
      <ExtensionsField node={node} />
      <CheckField label={t('flow.waiting.ewt')} checked={false} onValue={() => undefined} why={t('flow.later')} />
    </>
  );
}

/** Takes a message. */
export function VoicemailForm({ node }: FormProps) {
  const set = useSet(node);
  return (
    <>
      <SoundField node={node} field="greeting" label={t('flow.voicemail.greeting')} none={t('flow.voicemail.standard')} />
      <SecondsField label={t('flow.voicemail.max')} value={Number(node.config?.['max_seconds'] ?? 180)} low={3} high={3600} onValue={(v) => set({ max_seconds: v }, 'max')} />
    </>
  );
}

/** Ends the call, with a last word if there is one. */
export function HangupForm({ node }: FormProps) {
  return <SoundField node={node} field="audio" label={t('flow.hangup.audio')} none={t('flow.hangup.none')} />;
}

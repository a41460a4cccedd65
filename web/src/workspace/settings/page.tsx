// How the page looks, in which language, and the keys that it knows.
import { api } from '../../api/client';
import { keepLanguage, setTheme, theme, type Theme } from '../../entry/signed';
import { language, t, type Language } from '../../i18n/words';
import { Button, Card } from '../../parts/basic';
import { Segments, TextField } from '../../parts/fields';
import { keep, kept } from '../../phone/kept';
import { attempt } from '../act';

export function Appearance() {
  const keepTheme = (v: string) => {
    setTheme(v as Theme);
    try { localStorage.setItem('theme', v); } catch { /* a page without storage forgets */ }
  };
  const speak = (v: string) => void attempt(async () => {
    await keepLanguage(v as Language);
    await api.patch('/api/v1/me', { body: { language: v } }); // prompts and mails are in it too
  });
  return (
    <Card title={t('workspace.settings.appearance')}>
      <div class="stack tight"><p class="legend">{t('workspace.look.language')}</p><Segments label={t('workspace.look.language')} value={language.value} onValue={speak} choices={[{ value: 'en', label: 'English' }, { value: 'fr', label: 'Français' }]} /></div>
      <div class="stack tight"><p class="legend">{t('workspace.look.theme')}</p><Segments label={t('workspace.look.theme')} value={theme.value} onValue={keepTheme} choices={[{ value: 'auto', label: t('workspace.look.auto') }, { value: 'light', label: t('workspace.look.light') }, { value: 'dark', label: t('workspace.look.dark') }]} /></div>
    </Card>
  );
}

const taken = ['m', 'h', '/'];

/** Keys are letters: the rest is taken. */
function keyProblem(key: string, other: string): string | undefined {
  if (!/^[a-z]$/.test(key)) return t('workspace.keys.letter');
  return key === other || taken.includes(key) ? t('workspace.keys.taken') : undefined;
}

export function Shortcuts() {
  const k = kept.value;
  const rows: [string, string][] = [
    ['M', t('workspace.keys.mute')], ['H', t('workspace.keys.hold')], ['0 … 9 * #', t('workspace.keys.digits')], ['/', t('workspace.keys.dial')], ['Ctrl Enter', t('workspace.keys.note')], ['Enter', t('workspace.keys.send')],
  ];
  const set = (which: 'answerKey' | 'declineKey', v: string) => {
    const key = v.trim().slice(-1).toLowerCase();
    if (!keyProblem(key, which === 'answerKey' ? k.declineKey : k.answerKey)) keep({ [which]: key });
  };
  return (
    <Card title={t('workspace.settings.shortcuts')}>
      <p class="soft">{t('workspace.keys.text')}</p>
      <div class="two">
        <TextField label={t('workspace.keys.answer')} value={k.answerKey.toUpperCase()} onValue={(v) => set('answerKey', v)} />
        <TextField label={t('workspace.keys.decline')} value={k.declineKey.toUpperCase()} onValue={(v) => set('declineKey', v)} />
      </div>
      <dl class="keys">{rows.map(([key, what]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{what}</dd></div>)}</dl>
      <div class="row"><Button onClick={() => keep({ answerKey: 'a', declineKey: 'd' })}>{t('workspace.keys.usual')}</Button></div>
    </Card>
  );
}

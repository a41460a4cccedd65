// The panel inside a page of others, such as a CRM.
import './style/base.css';
import './parts/parts.css';
import './cti/cti.css';
import { render } from 'preact';
import { firstImpression } from './entry/signed';
import { language, needWords, setLanguage, t } from './i18n/words';
import { Toasts } from './parts/over';
import { begin } from './cti/begin';
import { Panel } from './cti/panel';

language.value = firstImpression();
void needWords('core', 'cti').then(async () => {
  await setLanguage(language.value);
  document.documentElement.lang = language.value;
  document.title = t('cti.title');
  render(<><Panel /><Toasts /></>, document.getElementById('page')!);
  begin();
});

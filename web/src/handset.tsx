// The virtual handset of the demo.
import './style/base.css';
import './parts/parts.css';
import './demo/handset.css';
import { render } from 'preact';
import { firstImpression } from './entry/signed';
import { language, needWords, setLanguage, t } from './i18n/words';
import { HandsetPage } from './demo/page';
import { watchHandset } from './demo/state';

language.value = firstImpression();
void needWords('core', 'demo').then(async () => {
  await setLanguage(language.value);
  document.documentElement.lang = language.value;
  document.title = t('demo.handset.title');
  render(<HandsetPage />, document.getElementById('page')!);
  watchHandset();
});

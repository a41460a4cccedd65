// The example of a CRM: a customer list of somebody else, which shows the phone beside it.
import './style/base.css';
import './parts/parts.css';
import './demo/crm.css';
import { begin } from './demo/crm';

void begin();

// The screens that nobody sees at first. They come right after the dialler, before a call can.
export { Incoming, InCall } from './talk';
export { After, Recent } from './panels';
export { Messages } from './messages';

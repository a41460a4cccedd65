export { URI, NameAddrHeader } from 'jssip';

// The two classes of JsSIP that a grammar makes. Their typings say that the modules export them by name; they are the modules. They are asked for when
// they are needed: they themselves want the grammar when they load.
module.exports = {
  get URI() { return require('jssip/lib/URI'); },
  get NameAddrHeader() { return require('jssip/lib/NameAddrHeader'); },
};

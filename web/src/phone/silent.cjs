// In place of the package "debug", which JsSIP writes its log with: nobody reads that log in a page of ours, and it weighs more than the panel's dialler.
module.exports = () => Object.assign(() => {}, { log() {}, enabled: false });
module.exports.default = module.exports; // asked for in both ways
module.exports.enable = module.exports.disable = () => {};

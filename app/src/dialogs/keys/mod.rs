//! The person's own keys: the 24 words, the passphrase, devices, the contact card, projects brought back.

mod add_device;
mod contact;
mod passphrase;
mod recover;
mod remove_device;
mod words;

pub(crate) use add_device::AddDeviceDialog;
pub(crate) use contact::ContactDialog;
pub(crate) use passphrase::PassphraseDialog;
pub(crate) use recover::RecoverDialog;
pub(crate) use remove_device::RemoveDeviceDialog;
pub(crate) use words::WordsDialog;

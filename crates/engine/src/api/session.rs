//! The person at this device: passphrase, lock, the 24 words, devices, and getting everything back.

use enginus_model::{DeviceId, Instant, ProjectId};
use serde::{Deserialize, Serialize};

use super::{IdentityInfo, JoinState, Secret};

/// Asks about this person's keys and devices, or changes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionCommand {
    /// Whether the keys are protected and open, and whether the 24 words were confirmed. Answered while locked, too.
    State,
    /// The 24 words that bring this person back.
    Phrase {
        /// Where one is set.
        passphrase: Option<Secret>,
    },
    /// Some of the 24 words, typed again, so that the reminder ends. At least three.
    ConfirmPhrase {
        /// Position from 1 to 24, and the word.
        words: Vec<(u8, Secret)>,
    },
    /// Makes an empty home a new device of the person whose 24 words these are.
    Recover {
        /// The 24 words.
        phrase: Secret,
        /// The person's name.
        name: String,
        /// Their organisation.
        organisation: Option<String>,
        /// Their e-mail address.
        email: Option<String>,
    },
    /// Sets, changes or removes the passphrase that seals the keys on this device.
    SetPassphrase {
        /// The one that is set; `None` where there is none.
        old: Option<Secret>,
        /// The new one; `None` to go without.
        new: Option<Secret>,
        /// Memory that trying a passphrase costs, in KiB; `None` for the sensible amount. Not in the help.
        #[serde(default)]
        memory_kib: Option<u32>,
    },
    /// Seals the keys on this device under a key that the system's key ring keeps, in place of a passphrase.
    UseKeyring {
        /// Where one is set.
        passphrase: Option<Secret>,
    },
    /// Wipes the keys from memory, closes the projects and the network. Commands under way are stopped.
    Lock,
    /// Opens a locked home.
    Unlock {
        /// The passphrase.
        passphrase: Secret,
    },
    /// Locks by itself after so long without a command or [`crate::Engine::person_is_here`]; `None` for never.
    SetAutoLock {
        /// Minutes, at least 1.
        minutes: Option<u32>,
    },
    /// Lets a new device of this person in: says [`super::Update::DeviceCode`], then waits until it came, ten minutes at most.
    DeviceAdd,
    /// Makes an empty home a further device of the person whose other device shows the code.
    DeviceJoin {
        /// What the other device shows.
        code: Secret,
        /// What the person calls this device; `None` takes the machine's name.
        device_name: Option<String>,
        /// How long to wait for the projects afterwards, in milliseconds.
        wait_ms: u64,
    },
    /// This person's devices, this one first.
    DeviceList,
    /// Removes another device in every project: nothing it writes from now on counts, and it reads nothing new.
    DeviceRemove {
        /// Its name or the start of its key.
        device: String,
        /// Why; never empty.
        reason: String,
    },
    /// Brings back the projects this person is a member of, after `Recover`.
    ProjectRecover {
        /// A bucket's address, or any ticket of the project made by a member whose device can be reached.
        from: String,
        /// How long to try, in milliseconds.
        wait_ms: u64,
    },
    /// This person's contact card, for an invitation that only they can use.
    Contact,
}

/// Answers to a [`SessionCommand`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionAnswer {
    /// `State`, `SetPassphrase`, `UseKeyring`, `Lock`, `Unlock`, `SetAutoLock`, `ConfirmPhrase`: how it stands now.
    State(SessionState),
    /// `Phrase`.
    Phrase {
        /// 24 words with one space between each.
        words: Secret,
        /// Whether some of them were typed again before.
        confirmed: bool,
    },
    /// `Recover`: this home's person and new device.
    Recovered(IdentityInfo),
    /// `DeviceAdd`: the new device was let in.
    DeviceAdded(DeviceInfo),
    /// `DeviceJoin`: this device belongs to the person now.
    DeviceJoined {
        /// Person and device.
        identity: IdentityInfo,
        /// How far each project is here.
        projects: Vec<JoinState>,
    },
    /// `DeviceList`.
    Devices(Vec<DeviceInfo>),
    /// `DeviceRemove`.
    DeviceRemoved {
        /// Which device.
        device: DeviceInfo,
        /// Names of the projects it was removed in.
        projects: Vec<String>,
    },
    /// `ProjectRecover`: the projects found there that this person is a member of. Empty where there is none.
    ProjectsRecovered(Vec<JoinState>),
    /// `Contact`: the card as text, beginning with `enginus-contact1`.
    Contact(String),
}

/// How the keys of this home stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionState {
    /// Whether the keys are protected, and open.
    pub lock: LockState,
    /// Whether some of the 24 words were typed again; until then the window reminds of them.
    pub phrase_confirmed: bool,
}

/// Whether the keys of this home are protected, and open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LockState {
    /// No passphrase is set: only the file's permissions protect the keys.
    #[default]
    Unprotected,
    /// The keys are sealed under a key in the system's key ring, which opened when the person logged in. There is nothing to lock.
    InKeyring,
    /// A passphrase is set, and the keys are open.
    Unlocked {
        /// Minutes after which they are locked by themselves.
        auto_lock_minutes: Option<u32>,
    },
    /// A passphrase is set, and is asked for.
    Locked {
        /// After wrong passphrases: no other is tried before this, by this device's clock.
        wait_until: Option<Instant>,
    },
}

/// A device of this person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceInfo {
    /// Its key.
    pub device: DeviceId,
    /// What the person calls it.
    pub name: String,
    /// When it was certified, as its person says.
    pub since: Option<Instant>,
    /// Whether this is the device that answers.
    pub is_this: bool,
    /// Whether it was removed, in every project it was in.
    pub removed: bool,
    /// The projects it is in, by id and name.
    pub projects: Vec<(ProjectId, String)>,
}

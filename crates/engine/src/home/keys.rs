//! The keys of a home while it is used: locked and unlocked, given a passphrase, written down as 24 words, brought back.

use enginus_envelope::Keypair;
use zeroize::Zeroizing;

use super::{Home, KEY_FILE, Profile, key_file_without_owner, locked, nobodys};
use crate::api::{Failure, FailureKind, LockState, Secret, SessionState};
use crate::identity::{
    AtRest, Effort, Identity, KeyFile, PASSPHRASE_CHARS_MIN, PhraseError, Protection, SealedKeys, UnsealKeysError,
    WORDS, read_phrase, same_word, words_of,
};

/// How many of the 24 words have to be typed again.
const WORDS_CONFIRMED_MIN: usize = 3;

/// A passphrase to be set.
pub(crate) struct NewPassphrase {
    pub(crate) old: Option<Secret>,
    pub(crate) new: Option<Secret>,
    pub(crate) memory_kib: Option<u32>,
}

impl Home {
    /// The keys as they lie on disk, where a passphrase is set.
    pub(super) fn sealed(&self) -> Option<&SealedKeys> {
        match &self.at_rest {
            AtRest::Passphrase(sealed) => Some(sealed),
            AtRest::Open | AtRest::Keyring(_) => None,
        }
    }

    /// Whether the keys are sealed and not open.
    pub(crate) fn is_locked(&self) -> bool {
        self.sealed().is_some() && self.identity.is_none()
    }

    /// Refuses while locked.
    pub(crate) fn required_unlocked(&self) -> Result<(), Failure> {
        if self.is_locked() { Err(locked()) } else { Ok(()) }
    }

    /// Minutes without the person after which open keys are to be locked.
    pub(crate) fn auto_lock_minutes(&self) -> Option<u32> {
        self.record.auto_lock_minutes.filter(|_| self.sealed().is_some() && self.identity.is_some())
    }

    /// How the keys stand.
    pub(crate) fn session(&self) -> SessionState {
        let lock = match (&self.at_rest, &self.identity) {
            (AtRest::Open, _) => LockState::Unprotected,
            (AtRest::Keyring(_), _) => LockState::InKeyring,
            (AtRest::Passphrase(_), Some(_)) => {
                LockState::Unlocked { auto_lock_minutes: self.record.auto_lock_minutes }
            }
            (AtRest::Passphrase(_), None) => LockState::Locked { wait_until: self.record.wait_until() },
        };
        SessionState { lock, phrase_confirmed: self.record.phrase_confirmed }
    }

    /// Refuses where locking would lose the keys.
    pub(crate) fn required_lockable(&self) -> Result<(), Failure> {
        if self.sealed().is_none() {
            self.required_identity()?;
            return Err(Failure::new(FailureKind::Invalid, "there is nothing to lock: no passphrase is set")
                .hint("set one with `enginus passphrase set`"));
        }
        Ok(())
    }

    /// Forgets the open keys.
    pub(crate) fn lock(&mut self) -> Result<(), Failure> {
        self.required_lockable()?;
        self.identity = None;
        Ok(())
    }

    /// Opens locked keys.
    pub(crate) fn unlock(&mut self, passphrase: &Secret) -> Result<(), Failure> {
        let keys = self.try_passphrase(passphrase)?;
        let profile = self.profile.clone().ok_or_else(nobodys)?;
        self.identity = Some((keys, profile));
        Ok(())
    }

    /// Tries a passphrase, with the waits between wrong ones.
    fn try_passphrase(&mut self, passphrase: &Secret) -> Result<Identity, Failure> {
        let Some(sealed) = self.sealed().cloned() else {
            self.required_identity()?;
            return Err(Failure::new(FailureKind::Invalid, "no passphrase is set")
                .hint("nothing to do; set one with `enginus passphrase set`"));
        };
        if self.record.mind_the_clock() {
            self.record.save(&self.store)?;
        }
        if let Some(until) = self.record.wait_until() {
            let seconds = (until.0 - crate::ambient::now().0).max(0) / 1000 + 1;
            return Err(Failure::new(
                FailureKind::Passphrase,
                format!("after a wrong passphrase the next one may be tried in {seconds} s"),
            )
            .hint("wait that long, then try again"));
        }
        self.record.trying();
        self.record.save(&self.store)?;
        let opened = sealed.open(passphrase.reveal());
        if opened.is_ok() {
            self.record.right();
            self.record.save(&self.store)?;
        }
        opened.map_err(Into::into)
    }

    /// Where a passphrase is set, it has to be given again before anything about the keys is told or changed.
    fn prove(&mut self, passphrase: Option<&Secret>) -> Result<(), Failure> {
        self.required_identity()?;
        match (self.sealed().is_some(), passphrase) {
            (false, _) => Ok(()),
            (true, Some(passphrase)) => self.try_passphrase(passphrase).map(|_| ()),
            (true, None) => Err(Failure::new(FailureKind::Passphrase, "this needs the passphrase")
                .hint("give it where it is asked for, with --passphrase-file, or in ENGINUS_PASSPHRASE")),
        }
    }

    /// Sets, changes or removes the passphrase.
    pub(crate) fn set_passphrase(&mut self, wanted: &NewPassphrase) -> Result<(), Failure> {
        self.prove(wanted.old.as_ref())?;
        let kept = self.sealed().map_or_else(Effort::default, SealedKeys::effort);
        let effort = wanted.memory_kib.map_or(kept, |memory_kib| Effort { memory_kib, ..kept });
        if let Some(new) = &wanted.new
            && new.reveal().chars().count() < PASSPHRASE_CHARS_MIN
        {
            return Err(Failure::new(
                FailureKind::Invalid,
                format!("a passphrase has at least {PASSPHRASE_CHARS_MIN} characters"),
            )
            .hint("take several words that do not belong together"));
        }
        if !effort.is_usable() {
            return Err(Failure::new(
                FailureKind::Invalid,
                "a passphrase cannot be tried with so much or so little memory",
            )
            .hint("choose between 8 and 1048576 KiB"));
        }
        match &wanted.new {
            Some(new) => self.protect(&Protection::Passphrase(new.reveal(), effort)),
            None => self.protect(&Protection::None),
        }
    }

    /// Seals the keys under a key in the system's key ring; a passphrase that was set is asked for no more.
    pub(crate) fn use_keyring(&mut self, passphrase: Option<&Secret>) -> Result<(), Failure> {
        self.prove(passphrase)?;
        if matches!(self.at_rest, AtRest::Keyring(_)) {
            return Ok(());
        }
        self.protect(&Protection::Keyring)
    }

    fn protect(&mut self, protection: &Protection<'_>) -> Result<(), Failure> {
        let (keys, _) = self.required_identity()?;
        let at_rest = keys.protect(&self.root.join(KEY_FILE), protection)?;
        let before = std::mem::replace(&mut self.at_rest, at_rest);
        if let AtRest::Keyring(before) = before
            && let Err(error) = before.forget()
        {
            tracing::warn!("an entry that nothing needs any more stays behind: {error}");
        }
        if self.sealed().is_none() && self.record.auto_lock_minutes.take().is_some() {
            self.record.save(&self.store)?;
        }
        Ok(())
    }

    /// Locks by itself after so long; `None` for never.
    pub(crate) fn set_auto_lock(&mut self, minutes: Option<u32>) -> Result<(), Failure> {
        self.required_identity()?;
        if minutes == Some(0) {
            return Err(Failure::new(FailureKind::Invalid, "a home locks itself after a minute at the earliest"));
        }
        if minutes.is_some() && self.sealed().is_none() {
            return Err(Failure::new(FailureKind::Invalid, "without a passphrase nothing can be locked")
                .hint("set one with `enginus passphrase set`"));
        }
        self.record.auto_lock_minutes = minutes;
        self.record.save(&self.store)
    }

    /// The 24 words.
    pub(crate) fn phrase(&mut self, passphrase: Option<&Secret>) -> Result<Secret, Failure> {
        self.prove(passphrase)?;
        let (keys, _) = self.required_identity()?;
        Ok(Secret::new(words_of(keys.person.seed()).as_str()))
    }

    /// Some of the words, typed again.
    pub(crate) fn confirm_phrase(&mut self, words: &[(u8, Secret)]) -> Result<(), Failure> {
        let (keys, _) = self.required_identity()?;
        let phrase = words_of(keys.person.seed());
        let mut positions: Vec<u8> = words.iter().map(|(position, _)| *position).collect();
        positions.sort_unstable();
        positions.dedup();
        if positions.len() < WORDS_CONFIRMED_MIN || positions.iter().any(|at| !(1..=WORDS).contains(&usize::from(*at)))
        {
            return Err(Failure::new(
                FailureKind::Invalid,
                format!("{WORDS_CONFIRMED_MIN} different words between 1 and {WORDS} have to be given"),
            ));
        }
        for (position, word) in words {
            if !same_word(&phrase, *position, word.reveal()) {
                return Err(Failure::new(FailureKind::BadInput, format!("word {position} is another one"))
                    .hint("look at what you wrote down; `enginus phrase` shows the words again"));
            }
        }
        self.record.phrase_confirmed = true;
        self.record.save(&self.store)
    }

    /// Makes this home a new device of the person whose words these are.
    pub(crate) fn recover(&mut self, phrase: &Secret, profile: Profile) -> Result<(), Failure> {
        self.required_empty()?;
        let person = person_of(phrase)?;
        // Whoever typed the words has them.
        self.record.phrase_confirmed = true;
        self.adopt(Identity::on_this_device(person), profile)
    }

    /// Makes this home a device of a person whose key came from elsewhere.
    pub(crate) fn adopt(&mut self, keys: Identity, profile: Profile) -> Result<(), Failure> {
        self.required_empty()?;
        let path = self.root.join(KEY_FILE);
        match KeyFile::load(&path)? {
            None => keys.save(&path)?,
            // A crash left it here before anything was done with it.
            Some(KeyFile::Open(left)) if left.whose().person == keys.whose().person => {
                keys.protect(&path, &Protection::None)?;
            }
            Some(_) => return Err(key_file_without_owner(&path)),
        }
        self.settle_in(keys, profile).map(|_| ())
    }

    /// What the person calls this device; the machine's name where they said nothing.
    pub(crate) fn device_name(&self) -> String {
        self.record.device_name.clone().unwrap_or_else(super::device_name)
    }

    /// Remembers what the person calls this device, with the next thing that is kept.
    pub(crate) fn name_device(&mut self, name: Option<String>) {
        self.record.device_name = name;
    }
}

fn person_of(phrase: &Secret) -> Result<Keypair, Failure> {
    let seed: Zeroizing<[u8; 32]> = read_phrase(phrase.reveal())?;
    Ok(Keypair::from_seed(&seed))
}

impl From<PhraseError> for Failure {
    fn from(error: PhraseError) -> Self {
        let mut failure = Self::new(FailureKind::BadInput, error.to_string());
        match error {
            PhraseError::Count { .. } => failure.hint("type all of them, in their order"),
            PhraseError::Word { nearest, .. } => {
                failure.candidates = nearest.into_iter().map(ToOwned::to_owned).collect();
                failure.hint("look at what you wrote down")
            }
            PhraseError::Checksum => failure.hint("compare every word with what you wrote down"),
        }
    }
}

impl From<UnsealKeysError> for Failure {
    fn from(error: UnsealKeysError) -> Self {
        match error {
            UnsealKeysError::Wrong => Self::new(FailureKind::Passphrase, error.to_string()).hint(
                "try again; each wrong one makes the next wait longer. If it is forgotten, the 24 words make a new home of yours",
            ),
            UnsealKeysError::Effort { .. } | UnsealKeysError::OtherKeys => {
                Self::new(FailureKind::Storage, error.to_string())
                    .hint("restore the key file from a backup, or recover with the 24 words in another home")
            }
        }
    }
}

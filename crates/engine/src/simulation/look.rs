//! What a device holds and shows, for comparing devices with one another.

use std::collections::{BTreeMap, BTreeSet};

use enginus_access::SignedStatement;
use enginus_crdt::Shard;
use enginus_envelope::{DomainTip, Envelope, Tip};
use enginus_model::{DocumentId, DomainId, EpochId, Hash, Lane, PersonId};

use super::{Device, Machine};
use crate::api::Failure;
use crate::engine::lock;
use crate::project::{Held, Place, Project};

/// One stored entry of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Where it stands.
    pub tip: DomainTip,
    /// The hash of the entry before it.
    pub prev: Hash,
}

/// Why an entry does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// Its key is not known here.
    NoKey,
    /// It waits for statements, changes or the entry at a cutoff.
    Waits,
    /// Its author has no right.
    NotAllowed,
    /// It is past a removal's cutoff.
    Review,
    /// It was put aside.
    Quarantined,
}

/// An entry that does not count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeldEntry {
    /// Why.
    pub why: Why,
    /// In words.
    pub text: String,
}

fn why(held: &Held) -> Why {
    match held {
        Held::NoKey(_) => Why::NoKey,
        Held::AuthorityAhead | Held::ChangesAhead | Held::CutoffAhead | Held::Forked => Why::Waits,
        Held::NotAllowed => Why::NotAllowed,
        Held::Review => Why::Review,
        Held::Quarantined(_) => Why::Quarantined,
    }
}

/// One hash over pairs of keys and values.
fn digest<'a>(pairs: impl Iterator<Item = (&'a [u8], &'a [u8])>) -> Hash {
    let mut hasher = blake3::Hasher::new();
    for part in pairs.flat_map(|(key, value)| [key, value]) {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    Hash(*hasher.finalize().as_bytes())
}

impl Device {
    /// Looks at the project.
    pub(super) fn look<T>(&self, look: impl FnOnce(&Project) -> T) -> Result<T, Failure> {
        let mut project = lock(self.shared()?);
        project.ready()?;
        Ok(look(&project))
    }

    /// Looks at the project for a check, which is no part of what the program does: power that is to go after so many operations does
    /// not go because of it, or the program would be blamed for what the check took.
    fn check<T>(&self, look: impl FnOnce(&Project) -> T) -> Result<T, Failure> {
        self.machine().disk().unmetered(|| self.look(look))
    }

    /// Whether the project is here and this person belongs to it. Whoever came with a ticket that was cancelled before anybody
    /// knew of them does not, although nobody removed them.
    #[must_use]
    pub fn is_member(&self) -> bool {
        let (me, settings) = (self.id(), DomainId::settings(&self.project_id()));
        self.look(|project| project.is_member() && project.authority().may_pull(&me, &settings)).unwrap_or(false)
    }

    /// Whether the project is here.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.look(Project::is_active).unwrap_or(false)
    }

    /// Whether this person or device was removed, as this device knows.
    #[must_use]
    pub fn is_removed(&self) -> bool {
        self.look(Project::is_removed).unwrap_or(false)
    }

    /// The newest entries of all logs.
    ///
    /// # Errors
    /// When the program does not run or the store cannot be read.
    pub fn tips(&self) -> Result<BTreeSet<DomainTip>, Failure> {
        self.check(|project| project.tips().into_iter().collect())
    }

    /// Every stored entry.
    ///
    /// # Errors
    /// See [`Device::tips`].
    pub fn entries(&self) -> Result<Vec<Entry>, Failure> {
        let stored = self.check(Project::stored)??;
        let entry = |(key, prev): (enginus_store::EnvelopeKey, Hash)| Entry {
            tip: DomainTip { domain: key.domain, tip: Tip { log: key.log, seq: key.seq, hash: key.hash } },
            prev,
        };
        Ok(stored.into_iter().map(entry).collect())
    }

    /// The bytes of one entry.
    ///
    /// # Errors
    /// See [`Device::tips`].
    pub fn envelope(&self, tip: &Tip) -> Result<Option<Vec<u8>>, Failure> {
        let found = self.look(|project| -> Result<_, Failure> { Ok(project.store().read()?.entry(tip)?) })??;
        Ok(found.map(|entry| entry.envelope))
    }

    /// What this device would write into a bundle: every envelope of the domains it may pull, in an order to store them in.
    ///
    /// # Errors
    /// See [`Device::tips`].
    pub fn bundle(&self) -> Result<Vec<Vec<u8>>, Failure> {
        self.look(|project| {
            let (keys, reader) = (project.pullable_envelopes()?, project.store().read()?);
            let mut envelopes = Vec::with_capacity(keys.len());
            for key in &keys {
                envelopes.extend(reader.envelope(key)?);
            }
            Ok(envelopes)
        })?
    }

    /// What is stored and does not count.
    ///
    /// # Errors
    /// See [`Device::tips`].
    pub fn held(&self) -> Result<BTreeMap<DomainTip, HeldEntry>, Failure> {
        self.look(|project| {
            let held = project.held_entries().iter();
            let held = held.map(|(key, held)| {
                let tip = Tip { log: key.log, seq: key.seq, hash: key.hash };
                (DomainTip { domain: key.domain, tip }, HeldEntry { why: why(held), text: held.to_string() })
            });
            held.collect()
        })
    }

    /// The domains of which something is held.
    ///
    /// # Errors
    /// See [`Device::tips`].
    pub fn domains(&self) -> Result<BTreeSet<DomainId>, Failure> {
        self.look(Project::domains_held)
    }

    /// The folders, in order.
    #[must_use]
    pub fn folders(&self) -> Vec<DomainId> {
        let folders = |project: &Project| {
            let ordered = project.settings().ordered_folders();
            ordered.into_iter().map(|(domain, _)| domain).filter(|domain| project.shows(domain)).collect()
        };
        self.look(folders).unwrap_or_default()
    }

    /// The documents of a folder, by id.
    #[must_use]
    pub fn documents(&self, domain: &DomainId) -> Vec<DocumentId> {
        self.look(|project| project.documents_in_place(domain)).unwrap_or_default()
    }

    /// One hash over what is shown of a domain.
    ///
    /// # Errors
    /// See [`Device::tips`].
    pub fn shown(&self, domain: &DomainId) -> Result<Hash, Failure> {
        let shown = self.look(|project| project.shown_bytes(domain))??;
        Ok(digest(shown.iter().map(|(key, value)| (key.as_slice(), value.as_slice()))))
    }

    /// One hash over who may do what, and why the rest may not.
    ///
    /// # Errors
    /// See [`Device::tips`].
    pub fn authority(&self) -> Result<Hash, Failure> {
        self.look(|project| {
            let known = project.authority();
            let said = format!("{:?}{:?}{:?}", known.members(), known.former_members(), known.refused());
            let statements = known.statements().map(|statement| statement.hash().0.to_vec()).collect::<Vec<_>>();
            digest(statements.iter().map(|hash| (hash.as_slice(), said.as_bytes())).chain([(&[][..], said.as_bytes())]))
        })
    }

    /// Whether this device may hold a domain.
    #[must_use]
    pub fn may_pull(&self, domain: &DomainId) -> bool {
        self.look(|project| project.may_take(domain)).unwrap_or(false)
    }

    /// Whether this device may open a domain.
    #[must_use]
    pub fn may_read(&self, domain: &DomainId) -> bool {
        let (me, keys) = (self.id(), DomainId::keys(&self.project_id()));
        self.look(|project| *domain == keys || project.authority().may_read(&me, domain)).unwrap_or(false)
    }

    /// The epochs of a domain that this device can open.
    #[must_use]
    pub fn epochs(&self, domain: &DomainId) -> BTreeSet<EpochId> {
        self.look(|project| project.epochs_known(domain).into_iter().collect()).unwrap_or_default()
    }

    /// Whether this device opens an envelope with what it has.
    #[must_use]
    pub fn opens(&self, envelope: &[u8]) -> bool {
        let Ok(envelope) = Envelope::decode(envelope) else { return false };
        self.look(|project| project.can_open(&envelope)).unwrap_or(false)
    }

    /// The life its own logs are in.
    ///
    /// # Errors
    /// See [`Device::tips`].
    pub fn incarnation(&self) -> Result<[u8; 16], Failure> {
        self.check(Project::incarnation)
    }

    /// Whose device wrote an entry, as far as this device knows.
    #[must_use]
    pub fn author_of(&self, envelope: &[u8]) -> Option<PersonId> {
        let envelope = Envelope::decode(envelope).ok()?;
        self.look(|project| project.authority().author_of(&envelope.header.device)).ok().flatten()
    }

    /// Whether this device takes another for one of a member's, now or once, given what that device shows of itself: whoever came with
    /// a ticket that was cancelled before anybody heard of them does not know it, and belongs to the project nowhere else.
    ///
    /// # Errors
    /// See [`Device::tips`].
    pub fn knows(&self, other: &Self) -> Result<(bool, bool), Failure> {
        let (me, theirs, settings) = (self.id(), other.id(), DomainId::settings(&self.project_id()));
        let shown = other.look(|project| project.proof_for(&me))??;
        let shown: Vec<SignedStatement> =
            shown.iter().filter_map(|bytes| SignedStatement::decode(bytes).ok()).collect();
        self.look(|project| {
            let authority = project.authority().with(&shown);
            (authority.may_pull(&theirs, &settings), authority.author_of(&theirs).is_some())
        })
    }

    /// Persons who are members now, and those who were, as this device knows.
    ///
    /// # Errors
    /// See [`Device::tips`].
    pub fn persons(&self) -> Result<(BTreeSet<PersonId>, BTreeSet<PersonId>), Failure> {
        self.look(Project::persons)
    }

    /// What a person should know, in words.
    #[must_use]
    pub fn notices(&self) -> Vec<String> {
        self.look(|project| project.notices().iter().map(|notice| notice.text.clone()).collect()).unwrap_or_default()
    }

    /// The heads of every shard of a domain, by lane and generation, after each was saved and loaded again.
    ///
    /// # Errors
    /// The first shard that does not come back as it was; or see [`Device::tips`].
    pub fn heads(&self, domain: DomainId) -> Result<BTreeMap<(Lane, u32), Vec<Hash>>, Failure> {
        let shards = {
            let mut project = lock(self.shared()?);
            project.ready()?;
            project.shards_of(domain)?
        };
        let mut heads = BTreeMap::new();
        for (id, shard) in shards {
            let lost = |why: String| Failure::new(crate::api::FailureKind::Internal, format!("{id:?}: {why}"));
            let mut again = Shard::load(&shard.save()).map_err(|error| lost(error.to_string()))?;
            again.verify().map_err(|error| lost(error.to_string()))?;
            if again.heads() != shard.heads() {
                return Err(lost("saving and loading lost changes".to_owned()));
            }
            heads.insert((id.lane, id.generation), shard.heads());
        }
        heads.retain(|_, heads| !heads.is_empty());
        Ok(heads)
    }

    /// Entries that count although what is known of access does not let them.
    ///
    /// # Errors
    /// See [`Device::tips`].
    pub fn unlawful(&self) -> Result<Vec<DomainTip>, Failure> {
        let unlawful = self.look(Project::unlawful)??;
        let tip = |key: enginus_store::EnvelopeKey| Tip { log: key.log, seq: key.seq, hash: key.hash };
        Ok(unlawful.into_iter().map(|key| DomainTip { domain: key.domain, tip: tip(key) }).collect())
    }

    /// The same device begun anew on an empty machine: for taking everything in once more, in another order.
    ///
    /// # Errors
    /// When a store cannot be read or written.
    pub fn begun_anew(&self) -> Result<Self, Failure> {
        let machine = Machine::new();
        let place = Place::simulated(self.project_id(), machine.clone(), self.place.identity.clone());
        let project = self.look(|project| project.begun_anew(place.clone()))??;
        Ok(Self::with(&self.name, place, machine, project))
    }
}

//! The saved form of a shard: a version byte, who owns which actor, and the document library's own compact form.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::Automerge;
use enginus_model::LogId;
use serde::{Deserialize, Serialize};

use crate::foreign::measure;
use crate::history::{actor_of, graph_of};
use crate::id::{Actor, ShardId, hash_of};
use crate::shard::{Shard, genesis};

/// The version this program writes.
const SAVED_VERSION: u8 = 1;

#[derive(Serialize, Deserialize)]
struct SavedHeader {
    id: ShardId,
    bindings: Vec<(Actor, LogId)>,
}

/// Why a saved shard cannot be used. It is a cache: receive its envelopes into a new one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// A later version wrote it.
    #[error(
        "the saved shard has form {found}, this program knows {SAVED_VERSION}; update it, or rebuild the shard from its envelopes"
    )]
    NewerVersion {
        /// The version byte found.
        found: u8,
    },
    /// It is not a saved shard, or not any more.
    #[error("the saved shard is damaged ({0}); rebuild it from its envelopes")]
    Damaged(String),
}

impl Shard {
    /// The shard's bytes: a cache to open it quickly, nothing to send or to trust. Edits that are not confirmed are left out.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        let doc = self.confirmed();
        // An undone or unconfirmed edit may leave a binding behind that the document does not need: harmless, and true.
        let mut bindings: Vec<_> = self.graph.graph().bindings().collect();
        bindings.sort_unstable();
        let header = SavedHeader { id: self.id, bindings };
        // Plain data into memory: postcard has nothing to refuse; were it to, loading would say "damaged" and the cache be rebuilt.
        let mut out = postcard::to_extend(&header, vec![SAVED_VERSION]).unwrap_or_default();
        out.extend(doc.save());
        out
    }

    /// Opens what [`save`](Self::save) wrote.
    ///
    /// # Errors
    /// When the bytes are of a later version, damaged, or hold an actor that belongs to no log.
    pub fn load(saved: &[u8]) -> Result<Self, LoadError> {
        let (header, document) = split(saved)?;
        Self::read(header, document)
    }

    /// Opens what somebody else's [`save`](Self::save) wrote, such as a snapshot: it is measured before it is unpacked, and every change
    /// in it is held to the rules that received ones are held to. It still proves nothing of who wrote what. Answers the shard and how
    /// many bytes it comes to.
    ///
    /// # Errors
    /// When [`load`](Self::load) refuses it, it comes to more than `max_bytes`, or a change breaks a rule.
    pub fn load_foreign(saved: &[u8], max_bytes: u64) -> Result<(Self, u64), LoadError> {
        let (header, document) = split(saved)?;
        let bytes = measure(document, max_bytes)?;
        let mut shard = Self::read(header, document)?;
        shard.verify()?;
        Ok((shard, bytes))
    }

    fn read(header: SavedHeader, rest: &[u8]) -> Result<Self, LoadError> {
        // The library panics on some damaged bytes.
        let doc = catch_unwind(AssertUnwindSafe(|| Automerge::load(rest)))
            .map_err(|_| damaged("reading it failed"))?
            .map_err(|error| LoadError::Damaged(error.to_string()))?;
        let bindings: HashMap<Actor, LogId> = header.bindings.into_iter().collect();
        let metas = doc.get_changes_meta(&[]);
        let root = genesis(header.id).1.map(|change| hash_of(&change.hash()));
        if metas.first().map(|meta| hash_of(&meta.hash)) != root || root.is_none() {
            return Err(damaged("it is another shard's"));
        }
        for meta in metas.iter().skip(1) {
            let actor = actor_of(&meta.actor);
            if !bindings.get(&actor).is_some_and(|log| header.id.is_actor_of(log, &actor)) {
                return Err(damaged("an actor belongs to no log"));
            }
        }
        let count = metas.len();
        drop(metas);
        let graph = graph_of(&doc, &bindings);
        if graph.len() != count {
            return Err(damaged("a change stands before its past"));
        }
        Ok(Self::assemble(header.id, doc, graph))
    }

    /// Holds every change here to the rules that received ones are held to.
    ///
    /// # Errors
    /// When a change breaks a rule; then nothing of the shard can be relied on.
    pub fn verify(&mut self) -> Result<(), LoadError> {
        // The library may panic on what it should not have taken.
        let checked = catch_unwind(AssertUnwindSafe(|| self.index().map(drop)));
        checked.map_err(|_| damaged("reading it failed"))?.map_err(|reason| LoadError::Damaged(reason.to_string()))
    }
}

/// The header and the document behind it.
fn split(saved: &[u8]) -> Result<(SavedHeader, &[u8]), LoadError> {
    let (version, rest) = saved.split_first().ok_or_else(|| damaged("it is empty"))?;
    match *version {
        SAVED_VERSION => {}
        0 => return Err(damaged("it has no version")),
        found => return Err(LoadError::NewerVersion { found }),
    }
    let (header, rest): (SavedHeader, _) = postcard::take_from_bytes(rest).map_err(|_| damaged("its header"))?;
    if rest.is_empty() {
        return Err(damaged("it ends after its header"));
    }
    Ok((header, rest))
}

pub(crate) fn damaged(why: &str) -> LoadError {
    LoadError::Damaged(why.into())
}

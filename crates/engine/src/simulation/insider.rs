//! Somebody with valid keys and a program of their own.

use enginus_envelope::{Parts, ShardChanges};
use enginus_model::{DomainId, Lane};

use super::{Device, Done};
use crate::ambient;
use crate::api::Failure;

/// What an insider does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mischief {
    /// Bytes that are no change.
    Garbage,
    /// An envelope without any change.
    Nothing,
    /// Changes to two shards in one envelope.
    SeveralShards,
    /// A generation out of all reason.
    FarGeneration,
    /// A change under an actor that belongs to another log.
    ForeignActor,
    /// A change that leaves its own past out.
    NoPast,
    /// The same change in two envelopes.
    Twice,
    /// A change cut short.
    Cut,
    /// A change with one byte altered.
    Altered,
    /// Statements where changes belong, changes where keys belong.
    WrongPart,
    /// An epoch that only this device can open.
    OwnEpoch,
    /// An epoch that nobody can open.
    NobodysEpoch,
    /// Key records that cannot be read.
    JunkKeys,
    /// Statements that cannot be read.
    JunkStatements,
    /// Writing in a lane where nothing is kept.
    OtherLane,
    /// Many small entries.
    Flood,
}

impl Mischief {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Garbage,
        Self::Nothing,
        Self::SeveralShards,
        Self::FarGeneration,
        Self::ForeignActor,
        Self::NoPast,
        Self::Twice,
        Self::Cut,
        Self::Altered,
        Self::WrongPart,
        Self::OwnEpoch,
        Self::NobodysEpoch,
        Self::JunkKeys,
        Self::JunkStatements,
        Self::OtherLane,
        Self::Flood,
    ];
}

/// Entries of one flood.
const FLOOD: usize = 40;

impl Device {
    /// Does mischief in a folder, whether this device may write there or not.
    ///
    /// # Errors
    /// When nothing can be written, for want of a key or of room.
    pub fn mischief(&self, domain: DomainId, what: Mischief) -> Result<Done, Failure> {
        let (keys, authority) = (DomainId::keys(&self.project_id()), DomainId::authority(&self.project_id()));
        let act = self.act(|project| {
            let mut change = |number: &str| project.honest_change(domain, number);
            let entries: Vec<(DomainId, Lane, Parts)> = match what {
                Mischief::OwnEpoch => vec![(keys, Lane::Records, Parts::Keys(project.junk_epoch(domain, true)))],
                Mischief::NobodysEpoch => vec![(keys, Lane::Records, Parts::Keys(project.junk_epoch(domain, false)))],
                Mischief::JunkKeys => vec![(keys, Lane::Records, Parts::Keys(vec![vec![7; 100], Vec::new()]))],
                Mischief::JunkStatements => {
                    vec![(authority, Lane::Records, Parts::Statements(vec![vec![7; 100], Vec::new()]))]
                }
                Mischief::WrongPart => vec![
                    (domain, Lane::Records, Parts::Statements(Vec::new())),
                    (keys, Lane::Records, Parts::Changes(vec![change("H-PART")?])),
                ],
                Mischief::OtherLane => vec![(domain, Lane::Comments, Parts::Changes(vec![change("H-LANE")?]))],
                Mischief::SeveralShards => {
                    let (one, mut other) = (change("H-ONE")?, change("H-OTHER")?);
                    other.generation += 1;
                    vec![(domain, Lane::Records, Parts::Changes(vec![one, other]))]
                }
                Mischief::Twice => {
                    let one = change("H-TWICE")?;
                    let parts = || Parts::Changes(vec![one.clone()]);
                    vec![(domain, Lane::Records, parts()), (domain, Lane::Records, parts())]
                }
                Mischief::Flood => {
                    let one = change("H-FLOOD")?;
                    (0..FLOOD)
                        .map(|_| (domain, Lane::Records, Parts::Changes(vec![spoilt(one.clone(), what)])))
                        .collect()
                }
                _ => vec![(domain, Lane::Records, Parts::Changes(vec![spoilt(change("H")?, what)]))],
            };
            for (domain, lane, parts) in entries {
                project.write_anything(domain, lane, parts)?;
            }
            Ok(())
        });
        Ok(act?.1)
    }

    /// Two entries for one place of an own log: for showing one to some and the other to others.
    ///
    /// # Errors
    /// When nothing can be sealed.
    pub fn fork(&self, domain: DomainId) -> Result<[Vec<u8>; 2], Failure> {
        let act = self.act(|project| {
            let mut branch = |number: &str| {
                let parts = Parts::Changes(vec![project.honest_change(domain, number)?]);
                project.seal_beside(domain, Lane::Records, parts)
            };
            Ok([branch("H-LEFT")?, branch("H-RIGHT")?])
        });
        Ok(act?.0)
    }
}

/// The change, no longer as it should be.
fn spoilt(mut changes: ShardChanges, what: Mischief) -> ShardChanges {
    let [random] = ambient::random::<1>();
    match what {
        Mischief::Garbage => changes.changes = vec![vec![random; 64]],
        Mischief::Nothing => changes.changes.clear(),
        Mischief::FarGeneration => changes.generation = u32::MAX - u32::from(random % 2),
        Mischief::ForeignActor => changes.actor[0] ^= 1,
        Mischief::NoPast => changes.previous = Some(enginus_model::Hash::of(&[random])),
        Mischief::Cut => {
            if let Some(bytes) = changes.changes.first_mut() {
                bytes.truncate(bytes.len() / 2);
            }
        }
        Mischief::Altered => {
            if let Some(bytes) = changes.changes.first_mut() {
                let at = usize::from(random) % bytes.len().max(1);
                bytes[at] ^= 0x10;
            }
        }
        _ => {}
    }
    changes
}

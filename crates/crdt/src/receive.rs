//! Changes of others: through the gate, then into the document, in one batch.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{Automerge, Change};
use enginus_envelope::ShardChanges;
use enginus_model::{Hash, Instant, LogId};

use crate::change::{Parsed, parse};
use crate::id::ShardId;
use crate::limits::{MAX_CHANGES_PER_ENVELOPE, MAX_INFLATED_BYTES, WAITING_LIMIT};
use crate::prevalidate::{Admission, Blocked, Index, Touched};
use crate::quarantine::Quarantine;
use crate::shard::Shard;

/// One envelope's changes for one shard. They count together or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// The log of the envelope's header.
    pub log: LogId,
    /// The hash of the envelope's header.
    pub envelope: Hash,
    /// When this device received it.
    pub received: Instant,
    /// What it carries.
    pub changes: ShardChanges,
}

/// What became of a batch. Every envelope that does not count is in `waiting` or `quarantined`: nothing is lost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Received {
    /// How many changes are new here.
    pub applied: usize,
    /// What is to be read again.
    pub touched: Touched,
    /// Envelopes whose past has not arrived. Offer them again together with what arrives later.
    pub waiting: Vec<Incoming>,
    /// The changes that `waiting` waits for.
    pub missing: BTreeSet<Hash>,
    /// Envelopes put aside, each with its reason.
    pub quarantined: Vec<(Incoming, Quarantine)>,
}

/// The hashes of the changes an envelope carries for one shard, without applying them; what cannot be read is left out.
#[must_use]
pub fn change_hashes(changes: &ShardChanges) -> Vec<Hash> {
    let mut budget = MAX_INFLATED_BYTES;
    changes.changes.iter().map_while(|bytes| parse(bytes, &mut budget).ok()).map(|change| change.hash).collect()
}

/// An envelope whose changes are well formed.
struct Prepared {
    incoming: Incoming,
    changes: Vec<Parsed>,
}

/// An envelope that passed the gate.
struct Admitted {
    prepared: Prepared,
    touched: Touched,
    /// How many of its changes are new, counted from its end: the ones before were here.
    new: usize,
}

impl Shard {
    /// Checks the changes of others and applies those that pass, in any order they come in, as often as they come.
    ///
    /// The outcome depends on the set of envelopes only, with one exception: of two different changes of one actor with one number
    /// ([`Quarantine::ActorForked`]) the one that was here first stays. Receiving all envelopes at once into
    /// a [`new`](Shard::new) shard settles that too, the same way everywhere.
    pub fn receive(&mut self, batch: Vec<Incoming>) -> Received {
        let mut received = Received::default();
        if let Err(reason) = self.index() {
            received.quarantined = batch.into_iter().map(|incoming| (incoming, reason.clone())).collect();
            return received;
        }
        let mut prepared = Vec::with_capacity(batch.len());
        for incoming in batch {
            match prepare(self.id(), &incoming) {
                Ok(changes) => prepared.push(Prepared { incoming, changes }),
                Err(reason) => received.quarantined.push((incoming, reason)),
            }
        }
        // An order of its own, so that of two conflicting changes in one batch every device takes the same.
        prepared.sort_by_key(|one| one.incoming.envelope);
        self.settle(prepared, &mut received, &apply);
        if received.waiting.len() > WAITING_LIMIT {
            let rest = received.waiting.split_off(WAITING_LIMIT);
            received.quarantined.extend(rest.into_iter().map(|incoming| (incoming, Quarantine::WaitingRoomFull)));
        }
        received
    }

    /// Admits and applies. Should the library refuse what the gate let through, the batch is halved until the culprit stands alone.
    fn settle(&mut self, batch: Vec<Prepared>, received: &mut Received, apply: &Apply<'_>) {
        let Ok(index) = self.index() else { return };
        let mark = index.mark();
        let admitted = index.admit_all(batch, received);
        let changes: Vec<Change> = admitted.iter().flat_map(Admitted::changes).collect();
        match apply(&self.doc, &changes) {
            Ok(doc) => {
                received.applied += changes.len();
                for one in admitted {
                    received.touched.extend(one.touched);
                }
                if let Some(doc) = doc {
                    self.advance(doc, changes);
                }
            }
            Err(reason) => {
                if let Ok(index) = self.index() {
                    index.go_back(mark);
                }
                let mut first: Vec<Prepared> = admitted.into_iter().map(|one| one.prepared).collect();
                if first.len() < 2 {
                    received.quarantined.extend(first.into_iter().map(|one| (one.incoming, reason.clone())));
                    return;
                }
                let second = first.split_off(first.len() / 2);
                self.settle(first, received, apply);
                self.settle(second, received, apply);
            }
        }
    }
}

impl Admitted {
    fn changes(&self) -> impl Iterator<Item = Change> {
        let known = self.prepared.changes.len() - self.new;
        self.prepared.changes.iter().skip(known).map(|parsed| parsed.change.clone())
    }
}

/// Applies changes to a copy of a document: `None` when there are none.
type Apply<'a> = dyn Fn(&Automerge, &[Change]) -> Result<Option<Automerge>, Quarantine> + 'a;

/// What can be said of an envelope without looking at the shard's content.
fn prepare(shard: ShardId, incoming: &Incoming) -> Result<Vec<Parsed>, Quarantine> {
    let ShardChanges { generation, actor, changes, .. } = &incoming.changes;
    if *generation != shard.generation {
        return Err(Quarantine::Generation { expected: shard.generation, found: *generation });
    }
    if !shard.is_actor_of(&incoming.log, actor) {
        return Err(Quarantine::ForeignActor);
    }
    if changes.is_empty() {
        return Err(Quarantine::Malformed("the envelope has no changes for this shard"));
    }
    if changes.len() > MAX_CHANGES_PER_ENVELOPE {
        return Err(Quarantine::TooLarge { what: "changes in one envelope", limit: MAX_CHANGES_PER_ENVELOPE as u64 });
    }
    let mut budget = MAX_INFLATED_BYTES;
    let mut parsed = Vec::with_capacity(changes.len());
    for bytes in changes {
        // A panic is a defect of the library; where the platform cannot catch one, our own reader has stood before it.
        let one = catch_unwind(AssertUnwindSafe(|| parse(bytes, &mut budget)))
            .unwrap_or_else(|_| Err(Quarantine::Refused("it failed while reading the change".into())))?;
        if one.content.actor() != *actor {
            return Err(Quarantine::OtherActor);
        }
        let names_own_past = match incoming.changes.previous {
            None => one.content.seq <= 1,
            Some(previous) => one.content.deps.binary_search(&previous).is_ok(),
        };
        if parsed.is_empty() && !names_own_past {
            return Err(Quarantine::NotOnOwnPast);
        }
        parsed.push(one);
    }
    Ok(parsed)
}

impl Index {
    /// Lets through what can pass now, in causal order; the rest goes to `waiting` and `quarantined`.
    fn admit_all(&mut self, batch: Vec<Prepared>, received: &mut Received) -> Vec<Admitted> {
        let mut admitted = Vec::with_capacity(batch.len());
        let mut ready: VecDeque<Prepared> = batch.into();
        // Who waits for which change. An envelope stands here once, under one of the changes it lacks.
        let mut waiting: HashMap<Hash, Vec<(Prepared, Vec<Hash>)>> = HashMap::new();
        while let Some(one) = ready.pop_front() {
            match self.admit_envelope(&one) {
                Ok((touched, new)) => {
                    for parsed in &one.changes {
                        let woken = waiting.remove(&parsed.hash).unwrap_or_default();
                        ready.extend(woken.into_iter().map(|(woken, _)| woken));
                    }
                    admitted.push(Admitted { prepared: one, touched, new });
                }
                Err(Blocked::Waits(missing)) => match missing.first().copied() {
                    Some(first) => waiting.entry(first).or_default().push((one, missing)),
                    None => received.waiting.push(one.incoming),
                },
                Err(Blocked::Refused(reason)) => received.quarantined.push((one.incoming, reason)),
            }
        }
        let mut left: Vec<_> = waiting.into_values().flatten().collect();
        left.sort_by_key(|(one, _)| one.incoming.envelope);
        for (one, missing) in left {
            received.waiting.push(one.incoming);
            received.missing.extend(missing);
        }
        admitted
    }

    /// All changes of an envelope or none. Answers what they concern and how many are new.
    fn admit_envelope(&mut self, one: &Prepared) -> Result<(Touched, usize), Blocked> {
        let mark = self.mark();
        let result = self.admit_each(one);
        if result.is_err() {
            self.go_back(mark);
        }
        result
    }

    fn admit_each(&mut self, one: &Prepared) -> Result<(Touched, usize), Blocked> {
        let ShardChanges { actor, previous, .. } = &one.incoming.changes;
        let (mut touched, mut new) = (Touched::default(), 0);
        for (i, parsed) in one.changes.iter().enumerate() {
            match self.admit(one.incoming.log, parsed)? {
                Admission::New(concerned) => {
                    touched.extend(concerned);
                    new += 1;
                }
                Admission::Known if new > 0 => return Err(Quarantine::NotOnOwnPast.into()),
                Admission::Known => {}
            }
            let before = parsed.content.seq.checked_sub(1).and_then(|seq| self.graph.change_of(actor, seq));
            if i == 0 && before != *previous {
                return Err(Quarantine::NotOnOwnPast.into());
            }
        }
        Ok((touched, new))
    }
}

/// The document with the changes in it, on a copy. `None` when there are none.
fn apply(doc: &Automerge, changes: &[Change]) -> Result<Option<Automerge>, Quarantine> {
    if changes.is_empty() {
        return Ok(None);
    }
    let attempt = catch_unwind(AssertUnwindSafe(|| {
        let mut copy = doc.clone();
        copy.apply_changes(changes.iter().cloned()).map_err(|error| error.to_string())?;
        // What loading would do with a saved copy: build the changes anew from the document. Anything that does not come
        // back as it was would make the saved shard unreadable.
        let mut wanted: HashMap<_, &Change> = changes.iter().map(|change| (change.hash(), change)).collect();
        for rebuilt in copy.get_changes(&doc.get_heads()) {
            let same = wanted.remove(&rebuilt.hash()).is_some_and(|change| change.raw_bytes() == rebuilt.raw_bytes());
            if !same {
                return Err("saving it would not give it back".to_owned());
            }
        }
        if wanted.is_empty() { Ok(copy) } else { Err("it did not take all changes".to_owned()) }
    }));
    match attempt {
        Ok(Ok(copy)) => Ok(Some(copy)),
        Ok(Err(why)) => Err(Quarantine::Refused(why)),
        Err(_) => Err(Quarantine::Refused("it failed".into())),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::edit::Edit;
    use enginus_model::{DomainId, Lane};

    const SHARD: ShardId = ShardId { domain: DomainId::from_bytes([1; 16]), lane: Lane::Records, generation: 0 };

    fn entry(shard: &mut Shard, log: u8, key: &str) -> Incoming {
        let log = LogId([log; 16]);
        let edit = Edit::SetEntry { key: key.into(), value: "1".into() };
        let pending = shard.edit(SHARD.actor(&log, &[1; 6]), log, Instant(0), &[edit]).unwrap();
        shard.confirm(pending.id);
        Incoming { log, envelope: Hash::of(key.as_bytes()), received: Instant(0), changes: pending.changes }
    }

    #[test]
    fn should_the_library_fail_only_the_culprit_is_put_aside() {
        let shards = [1, 2, 3].map(|_| Shard::new(SHARD));
        let [mut a, mut b, mut c] = shards;
        let good: Vec<Incoming> = (0..20).map(|n| entry(&mut a, 1, &format!("a{n}"))).collect();
        let bad = entry(&mut b, 2, "bad");
        let after_bad = entry(&mut b, 2, "after bad");
        let also_good: Vec<Incoming> = (0..5).map(|n| entry(&mut c, 3, &format!("c{n}"))).collect();
        let culprit = Change::from_bytes(bad.changes.changes[0].clone()).unwrap().hash();

        let mut batch = [good, also_good, vec![bad.clone(), after_bad.clone()]].concat();
        for _ in 0..2 {
            let mut shard = Shard::new(SHARD);
            let prepared =
                batch.iter().map(|one| Prepared { incoming: one.clone(), changes: prepare(SHARD, one).unwrap() });
            let mut received = Received::default();
            shard.settle(prepared.collect(), &mut received, &|doc, changes| {
                if changes.iter().any(|change| change.hash() == culprit) {
                    return Err(Quarantine::Refused("it failed".into()));
                }
                apply(doc, changes)
            });
            assert_eq!(received.applied, 25);
            assert_eq!(received.quarantined.iter().map(|(one, _)| one).collect::<Vec<_>>(), [&bad]);
            assert_eq!(received.waiting, std::slice::from_ref(&after_bad));
            assert_eq!((shard.change_count(), shard.row_count()), (25, 25));
            shard.verify().unwrap();
            batch.reverse();

            // Once the defect is mended, what was put aside counts.
            let healed = shard.receive(vec![after_bad.clone(), bad.clone()]);
            assert_eq!((healed.applied, healed.waiting.len()), (2, 0));
        }
    }
}

//! What is held for review, and accepting it after all.

use std::collections::BTreeSet;

use enginus_access::{Endorsement, MAX_ENDORSED, Statement};
use enginus_crdt::Incoming;
use enginus_envelope::{DomainTip, Envelope, Parts, Tip};
use enginus_model::{Hash, fold};

use super::gathered::Intake;
use super::shards::records;
use super::{Held, Project, internal};
use crate::ambient;
use crate::api::{Failure, FailureKind, ReviewEntry};

/// Documents named for one entry at most; the entry itself counts whole.
const DOCUMENTS_SHOWN_MAX: usize = 20;

impl Project {
    /// Entries that wait for a manager's decision, in the order of their arrival.
    pub(crate) fn review_list(&self) -> Result<Vec<ReviewEntry>, Failure> {
        let reader = self.store.read()?;
        let mut entries = Vec::new();
        for envelope in self.waiting_for_review()? {
            let header = &envelope.header;
            let stored = reader.entry(&envelope.tip())?;
            let (arrival, received) = stored.map_or((0, ambient::now()), |stored| (stored.arrival, stored.received));
            let by = self.authority().author_of(&header.device);
            entries.push((
                arrival,
                ReviewEntry {
                    id: envelope.hash(),
                    by: by.map_or_else(|| header.device.short(), |person| self.person_name(&person)),
                    device: header.device,
                    folder: self.settings().folder_name(&header.domain),
                    received,
                    documents: self.documents_in(&envelope),
                    may_accept: self.authority().may_manage(&self.device(), &header.domain),
                },
            ));
        }
        entries.sort_by_key(|(arrival, _)| *arrival);
        Ok(entries.into_iter().map(|(_, entry)| entry).collect())
    }

    /// Accepts the entries whose ids start so, all of them where none is named. What they build on counts with them.
    pub(crate) fn accept_held(&mut self, wanted: &[String], reason: &str) -> Result<u64, Failure> {
        if reason.trim().is_empty() {
            return Err(Failure::new(FailureKind::Invalid, "accepting held entries needs a reason")
                .hint("say why with --reason; it stays in the project's history"));
        }
        let waiting: Vec<Envelope> = self
            .waiting_for_review()?
            .into_iter()
            .filter(|envelope| self.authority().may_manage(&self.device(), &envelope.header.domain))
            .collect();
        let chosen = choose(&waiting, wanted)?;
        if chosen.is_empty() {
            return Err(Failure::new(FailureKind::NotFound, "nothing that you may accept waits for review")
                .hint("`enginus review list` shows what waits"));
        }
        let before = self.review_keys().count();
        let mut statements = Vec::new();
        for part in chosen.chunks(MAX_ENDORSED) {
            statements.push(self.endorsement(part, reason.trim())?);
        }
        self.decide(&statements)?;
        Ok(before.saturating_sub(self.review_keys().count()) as u64)
    }

    fn endorsement(&self, envelopes: &[DomainTip], reason: &str) -> Result<enginus_access::SignedStatement, Failure> {
        let domains: BTreeSet<_> = envelopes.iter().map(|tip| tip.domain).collect();
        let acting = self.authority().acting_over(&self.me(), &domains).ok_or_else(|| {
            Failure::new(FailureKind::NotAllowed, "you do not manage every folder these entries are in")
                .hint("accept them folder by folder, or ask the owner")
        })?;
        let endorsement = Endorsement {
            project: self.place.id,
            envelopes: envelopes.to_vec(),
            reason: reason.to_owned(),
            issuer: self.place.identity.person.public().sign,
            acting: acting.parent,
            at: ambient::now(),
        };
        Statement::Endorse(endorsement)
            .sign(&self.place.identity.person)
            .map_err(|error| internal("signing the acceptance", error))
    }

    fn waiting_for_review(&self) -> Result<Vec<Envelope>, Failure> {
        self.held_envelopes(&Intake::default(), |_, held| matches!(held, Held::Review))
    }

    /// The numbers of the documents an entry adds or changes, as they would be with it; none where this device cannot open it.
    fn documents_in(&self, envelope: &Envelope) -> Vec<String> {
        let header = &envelope.header;
        let secret = self.state.epochs.secret(&header.domain, &header.epoch);
        let Some(Ok(payload)) = secret.map(|secret| envelope.open(Some(secret))) else { return Vec::new() };
        let Parts::Changes(parts) = payload.parts else { return Vec::new() };
        let mut numbers = Vec::new();
        for changes in parts {
            let shard = records(header.domain, changes.generation);
            let Ok(mut shard) = self.scratch_shard(shard) else { continue };
            let incoming = Incoming { log: header.log(), envelope: envelope.hash(), received: ambient::now(), changes };
            let received = shard.receive(vec![incoming]);
            for document in received.touched.documents.iter().take(DOCUMENTS_SHOWN_MAX) {
                numbers.extend(shard.document(document).map(|record| record.number));
            }
        }
        numbers
    }
}

fn choose(waiting: &[Envelope], wanted: &[String]) -> Result<Vec<DomainTip>, Failure> {
    let tip_of = |envelope: &Envelope| {
        let Tip { log, seq, hash } = envelope.tip();
        DomainTip { domain: envelope.header.domain, tip: Tip { log, seq, hash } }
    };
    if wanted.is_empty() {
        return Ok(waiting.iter().map(tip_of).collect());
    }
    let mut chosen = Vec::new();
    for wanted in wanted {
        let found: Vec<&Envelope> = waiting
            .iter()
            .filter(|envelope| {
                let id: Hash = envelope.hash();
                !wanted.is_empty() && id.to_string().starts_with(&fold(wanted))
            })
            .collect();
        match found.as_slice() {
            [envelope] => chosen.push(tip_of(envelope)),
            [] => {
                return Err(Failure::new(FailureKind::NotFound, format!("no entry \"{wanted}\" waits for review"))
                    .hint("`enginus review list` shows what waits, with ids"));
            }
            _ => {
                return Err(Failure::new(FailureKind::Ambiguous, format!("several entries begin with \"{wanted}\""))
                    .hint("give more of the id"));
            }
        }
    }
    Ok(chosen)
}

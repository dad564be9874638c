//! Everything that is a cache, made again from the envelopes.

use std::collections::BTreeMap;

use enginus_model::DomainId;
use enginus_store::Batch;

use super::intake::Intake;
use super::projection::ENTRY_RECORD;
use super::{Held, Project, open};
use crate::api::Failure;

/// The projection as the store holds it: what a rebuild must give again, byte for byte.
type Projection = BTreeMap<(DomainId, Vec<u8>), Vec<u8>>;

impl Project {
    /// Deletes rows, entries, shards and holds, and makes them again. Answers the number of documents and whether the
    /// projection came out identical.
    pub(crate) fn rebuild(&mut self) -> Result<(u64, bool), Failure> {
        let before = self.projection()?;
        let mut batch = Batch::new();
        batch.clear_rows(None);
        batch.clear_shards(None);
        for (key, _) in self.store.read()?.records(ENTRY_RECORD)? {
            batch.del_record(ENTRY_RECORD, &key);
        }
        for (key, held) in &self.state.held {
            if held.may_resolve() {
                batch.release(*key);
            }
        }
        self.store.commit(batch)?;
        self.state = open::read_state(&self.place, &self.store, &self.genesis, self.invite.as_ref())?;
        let mut intake = Intake::default();
        let content = self.content_envelopes()?;
        let applied = self.apply_content(content, &mut intake);
        self.commit_own(applied, intake)?;
        self.cache_shards(true)?;
        self.publish();
        let after = self.projection()?;
        let documents = self.state.places.len() as u64;
        Ok((documents, before == after))
    }

    /// All envelopes outside keys and authority, in the order they arrived, without those put aside for good.
    fn content_envelopes(&self) -> Result<Vec<enginus_envelope::Envelope>, Failure> {
        let reader = self.store.read()?;
        let mut envelopes = Vec::new();
        let special = [DomainId::keys(&self.place.id), DomainId::authority(&self.place.id)];
        for domain in self.state.clock.keys().filter(|domain| !special.contains(domain)) {
            for (arrival, key, _) in reader.arrivals_after(0, domain)? {
                if matches!(self.state.held.get(&key), Some(Held::Quarantined(_))) {
                    continue;
                }
                if let Some(bytes) = reader.envelope(&key)? {
                    let envelope = enginus_envelope::Envelope::decode(&bytes)
                        .map_err(|error| super::internal("reading a stored envelope", error))?;
                    envelopes.push((arrival, envelope));
                }
            }
        }
        envelopes.sort_by_key(|(arrival, _)| *arrival);
        Ok(envelopes.into_iter().map(|(_, envelope)| envelope).collect())
    }

    fn projection(&self) -> Result<Projection, Failure> {
        let reader = self.store.read()?;
        let mut projection = Projection::new();
        for domain in self.state.clock.keys() {
            reader.rows(domain, |id, bytes| {
                projection.insert((*domain, id.as_bytes().to_vec()), bytes.to_vec());
            })?;
            for (key, value) in reader.records_starting(ENTRY_RECORD, domain.as_bytes())? {
                projection.insert((*domain, key), value);
            }
        }
        Ok(projection)
    }
}

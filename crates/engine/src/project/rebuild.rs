//! Everything that is a cache, made again from the envelopes.

use std::collections::BTreeMap;

use enginus_model::DomainId;
use enginus_query::FolderView;

use super::intake::Intake;
use super::projection::ENTRY_RECORD;
use super::shards::Shards;
use super::{Held, Project, open};
use crate::api::Failure;

/// The projection as the store holds it: what a rebuild must give again, byte for byte.
type Projection = BTreeMap<(DomainId, Vec<u8>), Vec<u8>>;

impl Project {
    /// Deletes rows, entries, shards and holds, and makes them again, all in one transaction: a crash leaves what was there.
    /// Answers the number of documents and whether the projection came out identical.
    pub(crate) fn rebuild(&mut self) -> Result<(u64, bool), Failure> {
        let before = self.projection()?;
        self.state = open::read_state(&self.place, &self.store, &self.genesis, self.invite.as_ref())?;
        let content = self.content_envelopes()?;
        let mut intake = Intake::default();
        intake.batch.clear_rows(None);
        intake.batch.clear_shards(None);
        for (key, _) in self.store.read()?.records(ENTRY_RECORD)? {
            intake.batch.del_record(ENTRY_RECORD, &key);
        }
        let special = self.domains_without_shards();
        self.state.held.retain(|key, held| {
            let kept = !held.may_resolve() || special.contains(&key.domain);
            if !kept {
                intake.batch.release(*key);
            }
            kept
        });
        self.state.forget_projection();
        let applied = self.apply_content(content, &mut intake);
        self.commit_own(applied, intake)?;
        self.state.shards.may_load(true);
        self.cache_shards(true)?;
        self.publish();
        let after = self.projection()?;
        let documents = self.state.places.len() as u64;
        Ok((documents, before == after))
    }

    fn domains_without_shards(&self) -> [DomainId; 2] {
        [DomainId::keys(&self.place.id), DomainId::authority(&self.place.id)]
    }

    /// All envelopes outside keys and authority, in the order they arrived, without those put aside for good.
    fn content_envelopes(&self) -> Result<Vec<enginus_envelope::Envelope>, Failure> {
        let reader = self.store.read()?;
        let mut envelopes = Vec::new();
        let special = self.domains_without_shards();
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

impl super::State {
    /// Everything that comes from shards is gone, and shards begin empty.
    fn forget_projection(&mut self) {
        self.places.clear();
        for (domain, view) in &mut self.folders {
            *view = FolderView::new(*domain);
        }
        self.shards = Shards::default();
        self.shards.may_load(false);
    }
}

//! Everything that is a cache, made again from the envelopes: on request, or for a domain where access changed in hindsight.

use std::collections::{BTreeMap, BTreeSet};

use enginus_envelope::Envelope;
use enginus_model::DomainId;
use enginus_query::FolderView;

use super::gathered::Intake;
use super::projection::ENTRY_RECORD;
use super::{Held, Project, internal, open};
use crate::api::Failure;

/// The projection as the store holds it: what a rebuild must give again, byte for byte.
type Projection = BTreeMap<(DomainId, Vec<u8>), Vec<u8>>;

impl Project {
    /// Deletes rows, entries, shards and holds, and makes them again, all in one transaction: a crash leaves what was there.
    /// Answers the number of documents and whether the projection came out identical.
    pub(crate) fn rebuild(&mut self) -> Result<(u64, bool), Failure> {
        let before = self.projection()?;
        self.state = open::read_state(&self.place, &self.store, &self.genesis, self.invite.as_ref())?;
        let mut intake = Intake::default();
        let mut content = Vec::new();
        for domain in self.content_domains() {
            content.extend(self.domain_envelopes(domain)?);
            self.forget_domain(domain, &mut intake)?;
        }
        let applied = self.apply_content(content, &mut intake);
        self.commit_own(applied, intake)?;
        self.cache_shards(true)?;
        self.publish();
        let after = self.projection()?;
        let documents = self.state.places.len() as u64;
        Ok((documents, before == after))
    }

    /// Makes domains again in which two changes carry one number, so that every device takes the same of the two.
    pub(super) fn settle_forks(&mut self) -> Result<(), Failure> {
        let forked = self.state.held.iter().filter(|(_, held)| matches!(held, Held::Forked));
        let domains: BTreeSet<DomainId> = forked.map(|(key, _)| key.domain).collect();
        if domains.is_empty() {
            return Ok(());
        }
        let mut intake = Intake::default();
        let mut content = Vec::new();
        for domain in domains {
            content.extend(self.domain_envelopes(domain)?);
            self.forget_domain(domain, &mut intake)?;
        }
        let applied = self.apply_content(content, &mut intake);
        self.commit_own(applied, intake)
    }

    /// Domains without an Automerge document.
    pub(super) fn domains_without_shards(&self) -> [DomainId; 2] {
        [DomainId::keys(&self.place.id), DomainId::authority(&self.place.id)]
    }

    fn content_domains(&self) -> Vec<DomainId> {
        let special = self.domains_without_shards();
        self.state.clock.keys().filter(|domain| !special.contains(domain)).copied().collect()
    }

    /// The envelopes of a domain in the order they arrived. Those put aside are among them: a newer program may understand them.
    pub(super) fn domain_envelopes(&self, domain: DomainId) -> Result<Vec<Envelope>, Failure> {
        let reader = self.store.read()?;
        let mut envelopes = Vec::new();
        for (_, key, _) in reader.arrivals_after(0, &domain)? {
            if let Some(bytes) = reader.envelope(&key)? {
                envelopes.push(Envelope::decode(&bytes).map_err(|error| internal("reading a stored envelope", error))?);
            }
        }
        Ok(envelopes)
    }

    /// Forgets everything that was made from a domain's envelopes, in memory and in the transaction.
    pub(super) fn forget_domain(&mut self, domain: DomainId, intake: &mut Intake) -> Result<(), Failure> {
        intake.batch.clear_rows(Some(domain));
        intake.batch.clear_shards(Some(domain));
        for (key, _) in self.store.read()?.records_starting(ENTRY_RECORD, domain.as_bytes())? {
            intake.batch.del_record(ENTRY_RECORD, &key);
        }
        self.state.held.retain(|key, _| {
            let kept = key.domain != domain;
            if !kept {
                intake.batch.release(*key);
            }
            kept
        });
        self.state.places.retain(|(of, _), _| *of != domain);
        if let Some(view) = self.state.folders.get_mut(&domain) {
            *view = FolderView::new(domain);
        }
        self.state.shards.forget(domain);
        self.state.previews.remove(&domain);
        Ok(())
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

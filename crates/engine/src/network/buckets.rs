//! Exchange with the project's buckets: two devices that share nothing else meet here.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use enginus_envelope::DomainTip;
use enginus_model::{Hash, LogId};
use enginus_store::Batch;
use enginus_vault::{
    Bucket, BucketError, BucketOptions, CancellationToken, EnvelopeName, ObjectInfo, upload, upload_envelopes,
};
use futures::{StreamExt as _, TryStreamExt as _};

use super::Network;
use crate::api::{Failure, FailureKind};
use crate::engine::{SharedProject, blocking, lock};
use crate::project::Project;

/// Between two looks into a bucket while the device runs.
const LOOK_EVERY: Duration = Duration::from_secs(15);
/// Envelopes of one log taken or given at once.
const ENVELOPES_AT_ONCE: usize = 1024;
const DOWNLOADS_AT_ONCE: usize = 16;
/// Record kind: how far a log was given to a bucket. Key = bucket ‖ log, value = version ‖ seq ‖ hash.
const BUCKET_TIP_RECORD: u8 = 5;
/// Record kind: a file proved in a bucket. Key = bucket ‖ manifest object.
const BUCKET_FILE_RECORD: u8 = 6;
const VERSION: u8 = 1;

/// What one exchange did.
#[derive(Debug, Default, Clone)]
pub(super) struct Exchanged {
    pub(super) received: u64,
    pub(super) sent: u64,
    pub(super) objects_sent: u64,
}

/// Opens every bucket of a project, each with its own result.
pub(super) async fn open_all(project: &SharedProject) -> Result<Vec<(String, Result<Bucket, BucketError>)>, Failure> {
    let shared = project.clone();
    let (id, urls) = blocking(move || {
        let project = lock(&shared);
        Ok((project.id(), project.bucket_urls()))
    })
    .await?;
    let mut buckets = Vec::new();
    for url in urls {
        let opened = Bucket::open(&url, id, &BucketOptions::from_environment()).await;
        buckets.push((url, opened));
    }
    Ok(buckets)
}

/// Looks into every bucket now and then, and after every change.
pub(super) async fn keep_up(network: Arc<Network>) {
    let stop = network.stopping();
    let mut changes = network.engine.changes();
    loop {
        for project in network.engine.projects() {
            let done = tokio::select! {
                () = stop.cancelled() => return,
                done = exchange_all(&network, &project) => done,
            };
            if let Err(failure) = done {
                tracing::warn!("the buckets could not be used: {failure}");
            }
        }
        // A burst of changes is one look.
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
            changed = async { tokio::time::sleep(Duration::from_secs(2)).await; changes.changed().await } => {
                if changed.is_err() { return }
            }
        }
    }
}

/// Exchanges with every bucket of a project: address, what was done or what was wrong.
pub(super) async fn exchange_all(
    network: &Arc<Network>,
    project: &SharedProject,
) -> Result<Vec<(String, Result<Exchanged, Failure>)>, Failure> {
    let mut results = Vec::new();
    for (url, opened) in open_all(project).await? {
        let result = match opened {
            Ok(bucket) => exchange(network, project, &bucket).await,
            Err(error) => Err(error.into()),
        };
        results.push((url, result));
    }
    if !results.is_empty() {
        let shared = project.clone();
        let id = blocking(move || Ok(lock(&shared).id())).await?;
        let shown: Vec<(String, Option<String>)> =
            results.iter().map(|(url, result)| (url.clone(), result.as_ref().err().map(ToString::to_string))).collect();
        if let Some(published) = network.engine.published(&id) {
            published.surroundings(|surroundings| surroundings.buckets = shown);
        }
    }
    Ok(results)
}

async fn exchange(network: &Arc<Network>, project: &SharedProject, bucket: &Bucket) -> Result<Exchanged, Failure> {
    let mut exchanged = Exchanged { received: receive(project, bucket).await?, ..Exchanged::default() };
    if exchanged.received > 0 {
        super::once::introduce(&network.engine, project).await?;
        let shared = project.clone();
        let id = blocking(move || Ok(lock(&shared).id())).await?;
        network.want_files(id);
        network.project_changed();
    }
    exchanged.objects_sent = send_files(network, project, bucket).await?;
    exchanged.sent = send(network, project, bucket).await?;
    Ok(exchanged)
}

/// Takes what the bucket has and this device lacks. A joiner's scope grows as it reads, so it looks until nothing is new.
async fn receive(project: &SharedProject, bucket: &Bucket) -> Result<u64, Failure> {
    let mut received = 0;
    loop {
        let shared = project.clone();
        let (tips, domains) = blocking(move || {
            let project = lock(&shared);
            Ok((project.tips(), project.pullable_domains()))
        })
        .await?;
        let held =
            |log: &LogId| tips.iter().filter(|tip| tip.tip.log == *log).map(|tip| tip.tip.seq).max().unwrap_or(0);
        let news = bucket.list_news(|domain| domains.contains(domain), |_, log| held(log), ENVELOPES_AT_ONCE).await?;
        if news.is_empty() {
            return Ok(received);
        }
        let envelopes: Vec<Bytes> = futures::stream::iter(news)
            .map(|name| async move { bucket.get_envelope(&name).await })
            .buffered(DOWNLOADS_AT_ONCE)
            .try_collect()
            .await?;
        let shared = project.clone();
        let new = blocking(move || lock(&shared).receive(&envelopes)).await?.new;
        received += new;
        if new == 0 {
            return Ok(received);
        }
    }
}

/// Gives the bucket what it was not given yet, every log in order.
async fn send(network: &Arc<Network>, project: &SharedProject, bucket: &Bucket) -> Result<u64, Failure> {
    let mut sent = 0;
    loop {
        let (shared, url) = (project.clone(), bucket.url().to_owned());
        let batch = blocking(move || lock(&shared).envelopes_for_bucket(&url)).await?;
        if batch.is_empty() {
            return Ok(sent);
        }
        let tips: Vec<DomainTip> =
            batch.iter().map(|(name, _)| DomainTip { domain: name.domain, tip: name.tip }).collect();
        let cancel: CancellationToken = network.stopping();
        upload_envelopes(bucket, batch, &cancel)
            .await
            .map_err(|error| Failure::new(FailureKind::Unreachable, error.to_string()).hint(error.problem.hint()))?;
        sent += tips.len() as u64;
        let (shared, url) = (project.clone(), bucket.url().to_owned());
        blocking(move || lock(&shared).given_to_bucket(&url, &tips)).await?;
    }
}

/// Uploads the files that are here and not yet proved in the bucket.
async fn send_files(network: &Arc<Network>, project: &SharedProject, bucket: &Bucket) -> Result<u64, Failure> {
    let (shared, url, vault) = (project.clone(), bucket.url().to_owned(), network.engine.inner().vault.clone());
    let files = blocking(move || lock(&shared).files_for_bucket(&url, &vault)).await?;
    let (vault, cancel) = (network.engine.inner().vault.clone(), network.stopping());
    let mut sent = 0;
    for (manifest, objects) in files {
        let report = upload(&vault, bucket, &objects, &|_| (), &cancel)
            .await
            .map_err(|error| Failure::new(FailureKind::Unreachable, error.to_string()).hint(error.problem.hint()))?;
        sent += report.sent as u64;
        if report.missing.is_empty() {
            let (shared, url) = (project.clone(), bucket.url().to_owned());
            blocking(move || lock(&shared).proved_in_bucket(&url, &manifest)).await?;
            network.project_changed();
        }
    }
    Ok(sent)
}

fn bucket_key(url: &str, rest: &[u8]) -> Vec<u8> {
    let mut key = Hash::of(url.as_bytes()).as_bytes()[..16].to_vec();
    key.extend_from_slice(rest);
    key
}

impl Project {
    /// The project's buckets: from its settings, or from the ticket while a join waits.
    pub(crate) fn bucket_urls(&self) -> Vec<String> {
        match self.pending_ticket() {
            Some(ticket) if self.settings().buckets.is_empty() => ticket.buckets,
            _ => self.settings().buckets.clone(),
        }
    }

    /// The next envelopes that a bucket was not given, a bounded number.
    fn envelopes_for_bucket(&self, url: &str) -> Result<Vec<(EnvelopeName, Bytes)>, Failure> {
        let reader = self.store().read()?;
        let mut batch = Vec::new();
        for DomainTip { domain, tip } in self.tips() {
            if batch.len() >= ENVELOPES_AT_ONCE {
                break;
            }
            let given = reader.record(BUCKET_TIP_RECORD, &bucket_key(url, tip.log.as_bytes()))?;
            let after = match given.as_deref() {
                Some([VERSION, seq @ ..]) if seq.len() == 8 => seq.try_into().map(u64::from_be_bytes).unwrap_or(0),
                _ => 0,
            };
            if after >= tip.seq {
                continue;
            }
            for entry in reader.log_from(&tip.log, after, 8 << 20)? {
                batch.push((EnvelopeName { domain, tip: entry.tip }, Bytes::from(entry.envelope)));
            }
        }
        Ok(batch)
    }

    fn given_to_bucket(&self, url: &str, tips: &[DomainTip]) -> Result<(), Failure> {
        let mut newest: std::collections::BTreeMap<LogId, u64> = std::collections::BTreeMap::new();
        for DomainTip { tip, .. } in tips {
            let seq = newest.entry(tip.log).or_default();
            *seq = (*seq).max(tip.seq);
        }
        let mut batch = Batch::new();
        for (log, seq) in newest {
            let mut value = vec![VERSION];
            value.extend_from_slice(&seq.to_be_bytes());
            batch.put_record(BUCKET_TIP_RECORD, &bucket_key(url, log.as_bytes()), &value);
        }
        self.store().commit(batch)?;
        Ok(())
    }

    /// The files on this device that a bucket is not known to hold: manifest and objects.
    fn files_for_bucket(
        &self,
        url: &str,
        vault: &enginus_vault::Vault,
    ) -> Result<Vec<(Hash, Vec<ObjectInfo>)>, Failure> {
        let reader = self.store().read()?;
        let mut files = Vec::new();
        for (domain, file) in self.all_files() {
            let manifest = file.manifest.object;
            if !self.is_here(&manifest)
                || reader.record(BUCKET_FILE_RECORD, &bucket_key(url, manifest.as_bytes()))?.is_some()
            {
                continue;
            }
            if let Some(secret) = self.dedup_secret(&domain, &file.manifest.epoch)
                && let Ok(objects) = vault.objects_of(&file.manifest, &secret)
            {
                files.push((manifest, objects));
            }
        }
        Ok(files)
    }

    fn proved_in_bucket(&mut self, url: &str, manifest: &Hash) -> Result<(), Failure> {
        let mut batch = Batch::new();
        batch.put_record(BUCKET_FILE_RECORD, &bucket_key(url, manifest.as_bytes()), &[VERSION]);
        self.store().commit(batch)?;
        self.mark_proved(&[*manifest])
    }
}

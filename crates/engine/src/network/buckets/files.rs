//! The files of a project in its buckets: each is proved there once, by the bucket, and kept in view afterwards by its listing.

use std::collections::BTreeMap;
use std::sync::Arc;

use enginus_model::{Hash, ProjectId};
use enginus_store::Batch;
use enginus_vault::{Bucket, BucketErrorKind, ObjectInfo, TransferProblem, upload};

use super::Exchanged;
use crate::api::{Failure, FailureKind};
use crate::engine::{SharedProject, blocking, lock};
use crate::network::Network;
use crate::project::Project;

/// Record kind: a file proved in a bucket. Key = bucket ‖ manifest object, value = version, then name ‖ size of each object.
const BUCKET_FILE_RECORD: u8 = 6;
const VERSION: u8 = 2;
/// Bytes of an object in a record.
const OBJECT_BYTES: usize = 32 + 8;

/// Uploads the files that are here and not yet proved in the bucket. One that the bucket will not keep whole keeps no other out.
pub(super) async fn send(
    network: &Arc<Network>,
    (id, project): (ProjectId, &SharedProject),
    bucket: &Bucket,
    exchanged: &mut Exchanged,
) -> Result<(), Failure> {
    let (shared, url, vault) = (project.clone(), bucket.url().to_owned(), network.engine.inner().vault.clone());
    let files = blocking(move || lock(&shared).files_for_bucket(&url, &vault)).await?;
    let (vault, cancel) = (network.engine.inner().vault.clone(), network.stopping());
    for (manifest, objects) in files {
        let report = match upload(&vault, bucket, &objects, &|_| (), &cancel).await {
            Ok(report) => report,
            Err(error) => {
                let failure = Failure::new(FailureKind::Unreachable, error.to_string()).hint(error.problem.hint());
                match error.problem {
                    TransferProblem::Bucket(error) if error.kind() == BucketErrorKind::Damaged => {
                        exchanged.note(Some(failure));
                        continue;
                    }
                    _ => return Err(failure),
                }
            }
        };
        exchanged.objects_sent += report.sent as u64;
        if report.missing.is_empty() {
            let (shared, url) = (project.clone(), bucket.url().to_owned());
            blocking(move || lock(&shared).proved_in_bucket(&url, &manifest, &objects)).await?;
            network.project_changed();
        } else {
            network.doubt_files(id);
        }
    }
    Ok(())
}

/// Compares what was proved with what the bucket lists now: what it has lost is sent again, and not taken for safe until then.
pub(super) async fn confirm(project: &SharedProject, bucket: &Bucket) -> Result<(), Failure> {
    let listed = bucket.list_objects().await?;
    let (shared, url) = (project.clone(), bucket.url().to_owned());
    blocking(move || lock(&shared).confirm_in_bucket(&url, &listed)).await
}

/// The records of a bucket begin with this.
fn bucket_key(url: &str) -> [u8; 16] {
    let mut key = [0; 16];
    key.copy_from_slice(&Hash::of(url.as_bytes()).as_bytes()[..16]);
    key
}

fn file_key(url: &str, manifest: &Hash) -> Vec<u8> {
    [&bucket_key(url)[..], manifest.as_bytes()].concat()
}

/// Whether the bucket lists every object of a record.
fn is_listed(record: &[u8], listed: &BTreeMap<Hash, u64>) -> bool {
    let Some((&VERSION, objects)) = record.split_first() else { return false };
    let (objects, rest) = objects.as_chunks::<OBJECT_BYTES>();
    rest.is_empty()
        && objects.iter().all(|object| {
            let (name, size) = object.split_at(32);
            let name = name.try_into().map(Hash).unwrap_or(Hash::ZERO);
            listed.get(&name).is_some_and(|listed| listed.to_be_bytes() == size)
        })
}

impl Project {
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
            if !self.is_here(&manifest) || reader.record(BUCKET_FILE_RECORD, &file_key(url, &manifest))?.is_some() {
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

    fn proved_in_bucket(&mut self, url: &str, manifest: &Hash, objects: &[ObjectInfo]) -> Result<(), Failure> {
        let mut value = vec![VERSION];
        for object in objects {
            value.extend_from_slice(object.name.as_bytes());
            value.extend_from_slice(&object.size.to_be_bytes());
        }
        let mut batch = Batch::new();
        batch.put_record(BUCKET_FILE_RECORD, &file_key(url, manifest), &value);
        self.store().commit(batch)?;
        self.mark_proved(&[*manifest])
    }

    /// Drops the records that a listing does not bear out.
    fn confirm_in_bucket(&mut self, url: &str, listed: &BTreeMap<Hash, u64>) -> Result<(), Failure> {
        let records = self.store().read()?.records_starting(BUCKET_FILE_RECORD, &bucket_key(url))?;
        let (mut batch, mut lost) = (Batch::new(), Vec::new());
        for (key, _) in records.iter().filter(|(_, record)| !is_listed(record, listed)) {
            batch.del_record(BUCKET_FILE_RECORD, key);
            lost.extend(key.get(16..).and_then(|manifest| manifest.try_into().ok()).map(Hash));
        }
        if batch.is_empty() {
            return Ok(());
        }
        tracing::warn!("{url} does not list all of {} files that it was given; they are sent again", lost.len());
        self.store().commit(batch)?;
        self.mark_unproved(&lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_holds_while_everything_in_it_is_listed_at_its_size() {
        let (a, b) = (Hash::of(b"a"), Hash::of(b"b"));
        let mut record = vec![VERSION];
        for (name, size) in [(a, 5u64), (b, 6)] {
            record.extend_from_slice(name.as_bytes());
            record.extend_from_slice(&size.to_be_bytes());
        }
        let listed = |sizes: &[(Hash, u64)]| is_listed(&record, &sizes.iter().copied().collect());
        assert!(listed(&[(a, 5), (b, 6), (Hash::of(b"c"), 7)]));
        assert!(!listed(&[(a, 5)]), "one was removed");
        assert!(!listed(&[(a, 5), (b, 0)]), "one was cut");
        assert!(!is_listed(&[1], &BTreeMap::new()), "an older record says nothing of its objects");
        assert!(!is_listed(&record[..record.len() - 1], &[(a, 5), (b, 6)].into()));
    }
}

//! What every kind of bucket has to do, as functions that a test runs against it. Behind the feature `conformance`.
//!
//! Each function takes a [`Backend`] and says what was not as it should be. [`suite`] runs them all, each with a project of its
//! own, so they share one bucket.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use enginus_envelope::{Draft, Envelope, EpochSecret, Keypair, Parts, Payload};
use enginus_model::{DomainId, Hash, Lane, ProjectId};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::{
    Bucket, BucketErrorKind, BucketOptions, CHUNK_BYTES, CancellationToken, EnvelopeName, Held, ObjectInfo,
    TransferProblem, Vault, download, fetch_file, upload, upload_envelopes,
};

/// A bucket to try, and a folder for files on this side.
#[derive(Debug, Clone)]
pub struct Backend<'a> {
    /// The bucket's address.
    pub url: &'a str,
    /// How it is reached.
    pub options: &'a BucketOptions,
    /// An empty folder of this machine.
    pub scratch: &'a Path,
}

/// Something that was not as it should be.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failure(String);

/// What a part of the suite says.
pub type Outcome = Result<(), Failure>;

macro_rules! ensure {
    ($condition:expr, $($what:tt)+) => {
        if !$condition {
            return Err(Failure(format!("{} ({})", format!($($what)+), stringify!($condition))));
        }
    };
}

/// Turns any error into a failure that says during what.
trait During<T> {
    fn during(self, what: &str) -> Result<T, Failure>;
}

impl<T, E: std::error::Error> During<T> for Result<T, E> {
    fn during(self, what: &str) -> Result<T, Failure> {
        self.map_err(|e| {
            let mut text = format!("{what}: {e}");
            let mut cause = e.source();
            while let Some(source) = cause {
                text.push_str(&format!(": {source}"));
                cause = source.source();
            }
            Failure(text)
        })
    }
}

impl Backend<'_> {
    /// The genesis record and id of the suite's project number `number`.
    fn project(number: u8) -> (ProjectId, Vec<u8>) {
        let genesis = vec![number; 40];
        (ProjectId(Hash::of(&genesis).0), genesis)
    }

    async fn create(&self, number: u8) -> Result<Bucket, Failure> {
        let (project, genesis) = Self::project(number);
        Bucket::create(self.url, project, &genesis, self.options).await.during("creating")
    }

    fn vault(&self, name: &str) -> Result<Vault, Failure> {
        Vault::open(&self.scratch.join(name)).during("opening a vault")
    }
}

/// Everything below, in turn.
///
/// # Errors
/// [`Failure`]: the first thing that was not as it should be.
pub async fn suite(backend: &Backend<'_>) -> Outcome {
    marker(backend).await?;
    objects(backend).await?;
    damage_is_noticed_and_mended(backend).await?;
    envelopes(backend).await?;
    envelopes_of_a_fork_and_damaged_ones(backend).await?;
    transfers_stop_and_go_on(backend).await?;
    a_file_of_two_chunks_there_and_back(backend).await
}

/// A bucket counts only where the project's marker is found; several projects share one.
///
/// # Errors
/// [`Failure`].
pub async fn marker(backend: &Backend<'_>) -> Outcome {
    let (project, genesis) = Backend::project(1);
    let (other, other_genesis) = Backend::project(2);
    let first = backend.create(1).await?;
    ensure!(first.genesis().await.during("reading the marker")? == genesis, "the marker gives the genesis record");
    Bucket::open(backend.url, project, backend.options).await.during("opening")?;
    Bucket::create(backend.url, project, &genesis, backend.options).await.during("creating again")?;

    let foreign = Bucket::open(backend.url, other, backend.options).await.err().map(|e| e.kind());
    ensure!(
        foreign == Some(BucketErrorKind::NotTheProjectsBucket),
        "a foreign project's bucket is refused, not {foreign:?}"
    );
    let swapped = Bucket::create(backend.url, other, &genesis, backend.options).await.err().map(|e| e.kind());
    ensure!(
        swapped == Some(BucketErrorKind::NotTheProjectsBucket),
        "another project's genesis is refused, not {swapped:?}"
    );

    Bucket::create(backend.url, other, &other_genesis, backend.options).await.during("creating a second project")?;
    let found = Bucket::projects(backend.url, backend.options).await.during("listing projects")?;
    for (project, genesis) in [(project, genesis), (other, other_genesis)] {
        ensure!(
            found.iter().any(|f| f.project == project && f.genesis == genesis),
            "both projects are found: {found:?}"
        );
    }
    Ok(())
}

/// Objects are stored, proved, found and given back; a wrong name is refused; what is not there is said not to be.
///
/// # Errors
/// [`Failure`].
pub async fn objects(backend: &Backend<'_>) -> Outcome {
    let bucket = backend.create(3).await?;
    let bytes = Bytes::from_static(b"sealed bytes");
    let object = ObjectInfo { name: Hash::of(&bytes), size: bytes.len() as u64 };
    let absent = bucket.get_object(&object.name).await.err().map(|e| e.kind());
    ensure!(absent == Some(BucketErrorKind::NotFound), "an absent object is not found, not {absent:?}");
    ensure!(bucket.object_size(&object.name).await.during("asking")?.is_none(), "an absent object has no size");
    ensure!(!bucket.prove_object(&object).await.during("proving")?, "an absent object is not proved");

    let stored = bucket.put_object(&object.name, &bytes).await.during("storing")?;
    ensure!(!stored.existed && !stored.mended, "a new object is new: {stored:?}");
    ensure!(bucket.object_size(&object.name).await.during("asking")? == Some(object.size), "its size is known");
    ensure!(bucket.get_object(&object.name).await.during("reading")? == bytes, "it is given back");
    ensure!(bucket.prove_object(&object).await.during("proving")?, "it is proved");

    let again = bucket.put_object(&object.name, &bytes).await.during("storing again")?;
    ensure!(again.existed && !again.mended, "storing again finds it: {again:?}");
    let wrong = bucket.put_object(&Hash::of(b"other"), &bytes).await.err().map(|e| e.kind());
    ensure!(wrong == Some(BucketErrorKind::Damaged), "bytes under a wrong name are refused, not {wrong:?}");
    let neighbour = backend.create(4).await?;
    ensure!(neighbour.object_size(&object.name).await.during("asking")?.is_none(), "another project does not see it");
    Ok(())
}

/// "Already there" is not believed: damaged objects of the right and of a wrong size are noticed and replaced.
///
/// # Errors
/// [`Failure`].
pub async fn damage_is_noticed_and_mended(backend: &Backend<'_>) -> Outcome {
    let bucket = backend.create(5).await?;
    let bytes = Bytes::from_static(b"sealed bytes");
    let object = ObjectInfo { name: Hash::of(&bytes), size: bytes.len() as u64 };
    let too_long = vec![0; crate::MAX_OBJECT_BYTES + 1];
    for damage in [&b"sealed Bytes"[..], b"sealed", b"", &too_long] {
        bucket.overwrite_object(&object.name, damage).await.during("playing damage")?;
        let read = bucket.get_object(&object.name).await.err().map(|e| e.kind());
        ensure!(read == Some(BucketErrorKind::Damaged), "damage is noticed when read, not {read:?}");
        let proved = bucket.prove_object(&object).await.err().map(|e| e.kind());
        ensure!(proved == Some(BucketErrorKind::Damaged), "damage is noticed when proved, not {proved:?}");
        let stored = bucket.put_object(&object.name, &bytes).await.during("mending")?;
        ensure!(stored.existed && stored.mended, "damage is mended: {stored:?}");
        ensure!(bucket.get_object(&object.name).await.during("reading")? == bytes, "and the object is whole again");
    }
    Ok(())
}

/// A log of `count` envelopes of one device, behind `prev`, each with its name.
fn log_of(
    project: ProjectId,
    domain: DomainId,
    seed: u8,
    count: u64,
    salt: u8,
) -> Result<Vec<(EnvelopeName, Bytes)>, Failure> {
    let (device, mut rng) = (Keypair::from_seed(&[seed; 32]), ChaCha20Rng::from_seed([salt; 32]));
    let secret = EpochSecret::from_bytes([9; 32]);
    let (mut prev, mut log) = (Hash::ZERO, Vec::new());
    for seq in 1..=count {
        let draft =
            Draft { project, domain, lane: Lane::Records, incarnation: [seed; 16], seq, prev, authority: vec![] };
        let payload = Payload { salt: [salt; 16], parts: Parts::Changes(vec![]), gained: vec![] };
        let envelope =
            Envelope::seal(draft, &payload, Some(&secret), &device, &mut rng).during("sealing an envelope")?;
        prev = envelope.hash();
        log.push((EnvelopeName { domain, tip: envelope.tip() }, Bytes::from(envelope.encode())));
    }
    Ok(log)
}

/// Envelopes are stored, listed in order behind a place, by domain, and given back.
///
/// # Errors
/// [`Failure`].
pub async fn envelopes(backend: &Backend<'_>) -> Outcome {
    let bucket = backend.create(6).await?;
    let [plans, letters] = [1, 2].map(|n| DomainId::from_bytes([n; 16]));
    ensure!(bucket.list_logs(|_| true).await.during("listing")?.is_empty(), "a new bucket has no logs");
    let (one, two) = (log_of(bucket.project(), plans, 1, 12, 1)?, log_of(bucket.project(), letters, 2, 3, 2)?);
    let all: Vec<_> = one.iter().chain(&two).cloned().collect();
    let report = upload_envelopes(&bucket, all.clone(), &CancellationToken::new()).await.during("sending")?;
    ensure!(report.proved.len() == 15, "every envelope is proved");
    let again = upload_envelopes(&bucket, all.clone(), &CancellationToken::new()).await.during("sending again")?;
    ensure!(again == report, "sending again proves the same");

    let (log, names): (_, Vec<_>) = (one[0].0.tip.log, one.iter().map(|(name, _)| *name).collect());
    let logs = bucket.list_logs(|_| true).await.during("listing")?;
    ensure!(logs == [(plans, log), (letters, two[0].0.tip.log)], "both logs are listed: {logs:?}");
    ensure!(
        bucket.list_logs(|d| *d == plans).await.during("listing")? == [(plans, log)],
        "one domain can be asked for"
    );
    for seq in [0u64, 1, 9, 10, 11, 12, 99] {
        let behind = bucket.list_after(&plans, &log, seq, usize::MAX).await.during("listing")?;
        ensure!(behind == names[(seq as usize).min(12)..], "what lies behind {seq} is listed in order: {behind:?}");
    }
    let first = bucket.list_after(&plans, &log, 2, 3).await.during("listing")?;
    ensure!(first == names[2..5], "a limit gives the first ones: {first:?}");
    let whole = bucket.list_log(&plans, &log).await.during("listing")?;
    ensure!(whole == names, "a log is listed whole: {whole:?}");
    for (name, bytes) in &all {
        ensure!(bucket.get_envelope(name).await.during("reading")? == bytes, "an envelope is given back");
    }
    let missing = EnvelopeName { tip: enginus_envelope::Tip { seq: 99, ..names[0].tip }, ..names[0] };
    let absent = bucket.get_envelope(&missing).await.err().map(|e| e.kind());
    ensure!(absent == Some(BucketErrorKind::NotFound), "an absent envelope is not found, not {absent:?}");
    Ok(())
}

/// Both branches of a forked log are kept; what is not the envelope its name says is refused, noticed and replaced.
///
/// # Errors
/// [`Failure`].
pub async fn envelopes_of_a_fork_and_damaged_ones(backend: &Backend<'_>) -> Outcome {
    let bucket = backend.create(7).await?;
    let domain = DomainId::from_bytes([1; 16]);
    let [left, right] = [log_of(bucket.project(), domain, 1, 1, 1)?, log_of(bucket.project(), domain, 1, 1, 2)?];
    let ((name, bytes), (other, other_bytes)) = (&left[0], &right[0]);
    for (name, bytes) in [(name, bytes), (other, other_bytes)] {
        bucket.put_envelope(name, bytes).await.during("storing a branch")?;
    }
    let mut both = [*name, *other];
    both.sort();
    let listed = bucket.list_after(&domain, &name.tip.log, 0, 10).await.during("listing")?;
    ensure!(listed == both, "both branches are listed: {listed:?}");

    let wrong = bucket.put_envelope(name, other_bytes).await.err().map(|e| e.kind());
    ensure!(wrong == Some(BucketErrorKind::Damaged), "another envelope under this name is refused, not {wrong:?}");
    let mut altered = bytes.to_vec();
    altered[20] ^= 1;
    for damage in [&other_bytes[..], &altered, b"junk"] {
        bucket.overwrite_envelope(name, damage).await.during("playing damage")?;
        let read = bucket.get_envelope(name).await.err().map(|e| e.kind());
        ensure!(read == Some(BucketErrorKind::Damaged), "damage is noticed when read, not {read:?}");
        let stored = bucket.put_envelope(name, bytes).await.during("mending")?;
        ensure!(stored.mended, "damage is mended: {stored:?}");
    }
    ensure!(bucket.get_envelope(name).await.during("reading")? == bytes, "and the envelope is whole again");
    Ok(())
}

/// A transfer stopped in the middle goes on where it was, in both directions; what is missing or damaged on one side stops nothing.
///
/// # Errors
/// [`Failure`].
pub async fn transfers_stop_and_go_on(backend: &Backend<'_>) -> Outcome {
    const COUNT: usize = 20;
    let (bucket, here, there) = (backend.create(8).await?, backend.vault("here")?, backend.vault("there")?);
    let mut objects = Vec::new();
    for i in 0..COUNT as u8 {
        let bytes = vec![i; 1000 + usize::from(i)];
        objects.push(ObjectInfo { name: Hash::of(&bytes), size: bytes.len() as u64 });
        here.put(&objects[objects.len() - 1].name, &bytes).during("keeping")?;
    }
    // Upload, cancelled by its own progress after three objects.
    let (cancel, seen) = (CancellationToken::new(), AtomicUsize::new(0));
    let stop_soon = |_| {
        if seen.fetch_add(1, Ordering::Relaxed) == 2 {
            cancel.cancel();
        }
    };
    let Err(stopped) = upload(&here, &bucket, &objects, &stop_soon, &cancel).await else {
        return Err(Failure("a cancelled upload says so".into()));
    };
    ensure!(matches!(stopped.problem, TransferProblem::Cancelled), "it was cancelled, not {}", stopped.problem);
    ensure!(stopped.done.proved.len() == 3, "what was proved is reported: {:?}", stopped.done);
    here.remove(&objects[COUNT - 1].name).during("removing")?;
    let go_on = CancellationToken::new();
    let report = upload(&here, &bucket, &objects, &|_| (), &go_on).await.during("going on")?;
    ensure!(report.proved.len() == COUNT - 1, "all that is here is proved: {report:?}");
    ensure!(report.sent <= COUNT - 4, "what was proved is not sent again: {report:?}");
    ensure!(report.missing == [objects[COUNT - 1]], "what is not here is named: {report:?}");
    let idle = upload(&here, &bucket, &objects[..COUNT - 1], &|_| (), &go_on).await.during("a third time")?;
    ensure!(idle.sent == 0 && idle.proved.len() == COUNT - 1, "then nothing is sent: {idle:?}");

    // Download, with one object damaged in the bucket.
    bucket.overwrite_object(&objects[0].name, b"junk").await.during("playing damage")?;
    let (cancel, seen) = (CancellationToken::new(), AtomicUsize::new(0));
    let stop_soon = |_| {
        if seen.fetch_add(1, Ordering::Relaxed) == 4 {
            cancel.cancel();
        }
    };
    let stopped = download(&bucket, &there, &objects, &stop_soon, &cancel).await;
    ensure!(stopped.is_err_and(|e| matches!(e.problem, TransferProblem::Cancelled)), "a cancelled download says so");
    let report = download(&bucket, &there, &objects, &|_| (), &go_on).await.during("going on")?;
    ensure!(
        report.damaged == [objects[0]] && report.missing == [objects[COUNT - 1]],
        "what is wrong is named: {report:?}"
    );
    ensure!(
        report.held.len() == COUNT - 2 && report.fetched < COUNT - 2,
        "the rest is here, most of it before: {report:?}"
    );
    let mended = upload(&here, &bucket, &objects[..1], &|_| (), &go_on).await.during("mending")?;
    ensure!(mended.mended == 1, "sending again mends the bucket: {mended:?}");
    Ok(())
}

/// A file larger than one chunk goes through the bucket to another device and comes out the same.
///
/// # Errors
/// [`Failure`].
pub async fn a_file_of_two_chunks_there_and_back(backend: &Backend<'_>) -> Outcome {
    let (bucket, here, there) = (backend.create(9).await?, backend.vault("here 2")?, backend.vault("there 2")?);
    let (path, copy) = (backend.scratch.join("large.dwg"), backend.scratch.join("copy.dwg"));
    let mut content = vec![7; CHUNK_BYTES + 12_345];
    content[CHUNK_BYTES..].fill(8);
    std::fs::write(&path, &content).during("writing a file")?;
    let (secret, never) = (EpochSecret::from_bytes([3; 32]), CancellationToken::new());
    let sealed = here.seal_file(&path, &secret.dedup_secret(), secret.id(), &|_| (), &never).during("sealing")?;
    ensure!(sealed.objects.len() == 3, "a manifest and two chunks");

    let nothing = fetch_file(&bucket, &there, &sealed.file, &secret.dedup_secret(), &|_| (), &never)
        .await
        .during("fetching early")?;
    ensure!(
        nothing.missing.len() == 1 && nothing.missing[0].name == sealed.objects[0].name,
        "the manifest is missing first"
    );
    upload(&here, &bucket, &sealed.objects, &|_| (), &never).await.during("sending")?;
    let report =
        fetch_file(&bucket, &there, &sealed.file, &secret.dedup_secret(), &|_| (), &never).await.during("fetching")?;
    ensure!(report.is_complete() && report.fetched == 3, "all of it is fetched: {report:?}");
    for object in &sealed.objects {
        let held = there.check(&object.name).during("checking")?;
        ensure!(held == Held::Intact { size: object.size }, "each object is whole: {held:?}");
    }
    there.open_file(&sealed.file, &secret.dedup_secret(), &copy, &|_| (), &never).during("opening")?;
    ensure!(std::fs::read(&copy).during("reading the copy")? == content, "the copy is the file");
    Ok(())
}

//! Taking what a bucket has and this device lacks, log by log, as it comes.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use enginus_model::{DomainId, LogId, ProjectId};
use enginus_vault::{Bucket, BucketError, BucketErrorKind, EnvelopeName};
use futures::StreamExt as _;

use super::{Exchanged, Shelf};
use crate::api::Failure;
use crate::engine::{SharedProject, blocking, lock};

/// Envelopes taken in together: in number, and in bytes.
const INTAKE: usize = 512;
const INTAKE_BYTES: usize = 8 << 20;
/// Envelopes on their way at the same time.
const DOWNLOADS_AT_ONCE: usize = 8;
/// Logs listed at the same time.
const LISTINGS_AT_ONCE: usize = 8;
/// Names behind the newest entry held that are asked for at once.
const NEWS_AT_ONCE: usize = 4096;

/// What this device holds and may hold.
struct Held {
    project: ProjectId,
    newest: BTreeMap<LogId, u64>,
    domains: BTreeSet<DomainId>,
}

/// Takes what the bucket has and this device lacks. A joiner's scope grows as it reads, so it looks until nothing is new.
pub(super) async fn receive(
    project: &SharedProject,
    bucket: &Bucket,
    shelf: &mut Shelf,
    whole: bool,
    exchanged: &mut Exchanged,
) -> Result<(), Failure> {
    if whole {
        (shelf.listed, shelf.given, shelf.in_vain) = (BTreeSet::new(), 0, BTreeMap::new());
    }
    let mut looked = BTreeSet::new();
    loop {
        let held = held(project).await?;
        let mut logs = bucket.list_logs(|_| true).await?;
        // Without keys nothing can be opened, without access nobody knows what may be taken.
        logs.sort_by_key(|(domain, log)| (rank(&held.project, domain), *domain, *log));
        let before = exchanged.received;
        let listings = logs.into_iter().map(|(domain, log)| {
            let newest = held.newest.get(&log).copied();
            let all = (whole && !looked.contains(&log)) || newest.is_none();
            async move {
                let names = match newest {
                    // With what stands beside the newest entry held: another branch of the log, perhaps.
                    Some(newest) if !all => {
                        bucket.list_after(&domain, &log, newest.saturating_sub(1), NEWS_AT_ONCE).await
                    }
                    _ => bucket.list_log(&domain, &log).await,
                };
                (domain, log, names)
            }
        });
        let mut listings = futures::stream::iter(listings.collect::<Vec<_>>()).buffered(LISTINGS_AT_ONCE);
        while let Some((domain, log, names)) = listings.next().await {
            let names = names?;
            looked.insert(log);
            shelf.listed.extend(names.iter().map(|name| name.tip));
            if held.domains.contains(&domain) {
                take_log(project, bucket, shelf, (domain, log, names), exchanged).await?;
            }
        }
        if exchanged.received == before {
            return Ok(());
        }
    }
}

fn rank(project: &ProjectId, domain: &DomainId) -> usize {
    let first = [DomainId::keys(project), DomainId::authority(project), DomainId::settings(project)];
    first.iter().position(|special| special == domain).unwrap_or(first.len())
}

async fn held(project: &SharedProject) -> Result<Held, Failure> {
    let shared = project.clone();
    blocking(move || {
        let project = lock(&shared);
        let mut newest: BTreeMap<LogId, u64> = BTreeMap::new();
        for tip in project.tips() {
            let seq = newest.entry(tip.tip.log).or_default();
            *seq = (*seq).max(tip.tip.seq);
        }
        Ok(Held { project: project.id(), newest, domains: project.pullable_domains() })
    })
    .await
}

/// Takes what is lacking of one log. Where news do not fit what is held, the log forked or something before them was never taken: then
/// all of it is listed.
async fn take_log(
    project: &SharedProject,
    bucket: &Bucket,
    shelf: &mut Shelf,
    listed: (DomainId, LogId, Vec<EnvelopeName>),
    exchanged: &mut Exchanged,
) -> Result<(), Failure> {
    let (domain, log, names) = listed;
    let Some(last) = names.last().map(|name| name.tip) else { return Ok(()) };
    let mut wanted = lacking(project, names).await?;
    if wanted.is_empty() {
        return Ok(());
    }
    if let Some((tip, problem)) = shelf.in_vain.get(&log)
        && *tip == last
    {
        exchanged.note(problem.clone());
        return Ok(());
    }
    let mut problem = take(project, bucket, &wanted, exchanged).await?;
    wanted = lacking(project, wanted).await?;
    if !wanted.is_empty() && problem.is_none() {
        let all = bucket.list_log(&domain, &log).await?;
        shelf.listed.extend(all.iter().map(|name| name.tip));
        wanted = lacking(project, all).await?;
        problem = take(project, bucket, &wanted, exchanged).await?;
        wanted = lacking(project, wanted).await?;
    }
    // What cannot be used is not there: should this device get it another way, it gives a good one.
    if problem.is_some()
        && let Some(first) = wanted.first()
    {
        shelf.listed.remove(&first.tip);
    }
    match wanted.is_empty() {
        true => drop(shelf.in_vain.remove(&log)),
        false => drop(shelf.in_vain.insert(log, (last, problem.clone()))),
    }
    exchanged.note(problem);
    Ok(())
}

/// Of `names`, in order, those that are not held.
async fn lacking(project: &SharedProject, mut names: Vec<EnvelopeName>) -> Result<Vec<EnvelopeName>, Failure> {
    let shared = project.clone();
    blocking(move || {
        // The project is not held while its store is asked.
        let reader = lock(&shared).store().read()?;
        let mut lacking = Vec::new();
        for name in names.drain(..) {
            if !reader.hashes_at(&name.tip.log, name.tip.seq)?.contains(&name.tip.hash) {
                lacking.push(name);
            }
        }
        Ok(lacking)
    })
    .await
}

/// Takes envelopes as they come, in their order. One that is damaged or of a newer form ends its log: what follows it could not be
/// kept either. Answers what was wrong.
async fn take(
    project: &SharedProject,
    bucket: &Bucket,
    names: &[EnvelopeName],
    exchanged: &mut Exchanged,
) -> Result<Option<Failure>, Failure> {
    let coming = names.iter().map(|name| async move { bucket.get_envelope(name).await });
    let mut coming = futures::stream::iter(coming.collect::<Vec<_>>()).buffered(DOWNLOADS_AT_ONCE);
    let (mut batch, mut bytes) = (Vec::new(), 0);
    let mut ended = Ok(None);
    while let Some(got) = coming.next().await {
        match got {
            Ok(envelope) => {
                bytes += envelope.len();
                batch.push(envelope);
            }
            Err(error) => {
                ended = if is_about_it_alone(&error) { Ok(Some(error.into())) } else { Err(error.into()) };
                break;
            }
        }
        if batch.len() >= INTAKE || bytes >= INTAKE_BYTES {
            exchanged.received += keep(project, std::mem::take(&mut batch)).await?;
            bytes = 0;
        }
    }
    exchanged.received += keep(project, batch).await?;
    ended
}

/// Whether an error says something of one object and nothing of the bucket.
fn is_about_it_alone(error: &BucketError) -> bool {
    matches!(error.kind(), BucketErrorKind::Damaged | BucketErrorKind::NewerVersion | BucketErrorKind::NotFound)
}

async fn keep(project: &SharedProject, envelopes: Vec<Bytes>) -> Result<u64, Failure> {
    if envelopes.is_empty() {
        return Ok(0);
    }
    let shared = project.clone();
    Ok(blocking(move || lock(&shared).receive(&envelopes)).await?.new)
}

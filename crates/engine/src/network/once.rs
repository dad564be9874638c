//! Commands that wait for others: one synchronisation, a join, a file.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use enginus_model::{DeviceId, DomainId, FileRef, ProjectId};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::{Network, Status, buckets, files};
use crate::Engine;
use crate::api::{Answer, Failure, FailureKind, PeerReport, Selector, SyncReport};
use crate::engine::{SharedProject, blocking, lock};
use crate::running::Reporter;

/// Once everything is equal, how long to stay for a peer that was about to begin something.
const LINGER: Duration = Duration::from_millis(200);
/// How long a new invitation is tried to be put into the buckets.
const BUCKET_AFTER_INVITE: Duration = Duration::from_secs(15);
/// How long a join that succeeded stays for the files, at least.
const FILES_AFTER_JOIN: Duration = Duration::from_secs(5);

/// Exchanges with everybody who can be reached, until equal or until the time is over.
pub(crate) async fn sync_once(
    engine: &Engine,
    selector: &Selector,
    wait_ms: u64,
    reporter: &Reporter,
) -> Result<Answer, Failure> {
    let projects = match selector {
        Some(_) => vec![engine.find_project(selector).await?],
        None => {
            engine.with_home(|home| home.required_identity().map(|_| ())).await?;
            engine.projects()
        }
    };
    if projects.is_empty() {
        return Err(Failure::new(FailureKind::NotFound, "there is no project on this device yet")
            .hint("run `enginus project create NAME` or `enginus join TICKET`"));
    }
    let network = engine.network().await?;
    network.dial_everybody();
    let deadline = Instant::now() + Duration::from_millis(wait_ms);
    let mut sides = Vec::new();
    for project in &projects {
        for (url, result) in buckets::exchange_all(&network, project).await? {
            sides.push(bucket_report(project, url, result).await?);
        }
    }
    for project in &projects {
        settle(&network, project, !sides.is_empty(), deadline, reporter).await?;
        // What a peer brought may have to go into the bucket, and the other way round.
        for (url, result) in buckets::exchange_all(&network, project).await? {
            if let Some(side) = sides.iter_mut().find(|side| side.with == url) {
                let again = bucket_report(project, url, result).await?;
                side.received += again.received;
                side.sent += again.sent;
                side.objects_sent += again.objects_sent;
                side.in_sync = again.in_sync;
                side.problem = again.problem;
            }
        }
        sides.extend(peer_reports(&network, project).await?);
    }
    let mut files_missing = 0;
    for project in &projects {
        let (shared, vault) = (project.clone(), engine.inner().vault.clone());
        files_missing += blocking(move || Ok(lock(&shared).missing_files(&vault)?.len() as u64)).await?;
    }
    let mut reached = sides.iter().filter(|side| side.reachable).peekable();
    // With nobody reached nothing is proved.
    let in_sync = files_missing == 0 && reached.peek().is_some() && reached.all(|side| side.in_sync);
    Ok(Answer::Synced(SyncReport { sides, in_sync, files_missing }))
}

async fn bucket_report(
    project: &SharedProject,
    url: String,
    result: Result<buckets::Exchanged, Failure>,
) -> Result<PeerReport, Failure> {
    let shared = project.clone();
    let name = blocking(move || Ok(lock(&shared).summary().name)).await?;
    let (done, problem) = match result {
        Ok(done) => (Some(done), None),
        Err(failure) => (None, Some(failure.to_string())),
    };
    let done_or_none = done.clone().unwrap_or_default();
    Ok(PeerReport {
        project: name,
        with: url,
        kind: "bucket".to_owned(),
        reachable: done.is_some(),
        in_sync: done.is_some(),
        received: done_or_none.received,
        sent: done_or_none.sent,
        objects_received: 0,
        objects_sent: done_or_none.objects_sent,
        problem,
    })
}

/// Waits until every device that answers is equal and has its files. Where nobody answers it waits until the deadline, since
/// somebody may come.
async fn settle(
    network: &Arc<Network>,
    project: &SharedProject,
    bucket_reached: bool,
    deadline: Instant,
    reporter: &Reporter,
) -> Result<(), Failure> {
    let mut activity = network.activity.subscribe();
    loop {
        reporter.check()?;
        if settled(network, project, bucket_reached).await? {
            let still = Instant::now() + LINGER;
            if timeout_at(still.min(deadline), activity.changed()).await.is_err()
                || settled(network, project, bucket_reached).await?
            {
                return Ok(());
            }
        }
        if Instant::now() >= deadline {
            return Ok(());
        }
        let next = (Instant::now() + Duration::from_millis(250)).min(deadline);
        tokio::select! {
            _ = activity.changed() => {}
            () = sleep_until(next) => {}
        }
    }
}

async fn settled(network: &Arc<Network>, project: &SharedProject, bucket_reached: bool) -> Result<bool, Failure> {
    let (id, known) = known(project).await?;
    // A stranger who knocks, with a ticket that was used, say, keeps nobody from being in sync.
    let sessions: Vec<_> =
        network.session_states(id).into_iter().filter(|(device, ..)| known.contains_key(device)).collect();
    let unanswered = {
        let connections = lock(&network.connections);
        known.iter().any(|(device, addresses)| {
            !addresses.is_empty()
                && !connections.failed.contains_key(device)
                && !connections.sessions.contains_key(&(id, *device))
        })
    };
    let reached = sessions.iter().any(|(_, _, status)| status.in_sync);
    let all = sessions.iter().all(|(_, open, status)| status.settled() || !open);
    Ok(!unanswered && all && (reached || bucket_reached))
}

async fn known(project: &SharedProject) -> Result<(ProjectId, BTreeMap<DeviceId, Vec<String>>), Failure> {
    let shared = project.clone();
    blocking(move || {
        let project = lock(&shared);
        Ok((project.id(), project.known_peers()?))
    })
    .await
}

async fn peer_reports(network: &Arc<Network>, project: &SharedProject) -> Result<Vec<PeerReport>, Failure> {
    let (id, known) = known(project).await?;
    let sessions: BTreeMap<DeviceId, Status> =
        network.session_states(id).into_iter().map(|(device, _, status)| (device, status)).collect();
    let sessions: BTreeMap<_, _> = sessions.into_iter().filter(|(device, _)| known.contains_key(device)).collect();
    let failed: BTreeMap<DeviceId, String> =
        lock(&network.connections).failed.iter().map(|(device, failed)| (*device, failed.why.clone())).collect();
    let devices: std::collections::BTreeSet<DeviceId> = known
        .iter()
        .filter(|(_, addresses)| !addresses.is_empty())
        .map(|(device, _)| *device)
        .chain(sessions.keys().copied())
        .collect();
    let shared = project.clone();
    blocking(move || {
        let project = lock(&shared);
        let name = project.summary().name;
        Ok(devices
            .into_iter()
            .map(|device| {
                let status = sessions.get(&device);
                PeerReport {
                    project: name.clone(),
                    with: project.device_owner(&device),
                    kind: "device".to_owned(),
                    reachable: status.is_some(),
                    in_sync: status.is_some_and(Status::settled),
                    received: status.map_or(0, |status| status.received),
                    sent: status.map_or(0, |status| status.sent),
                    objects_received: status.map_or(0, |status| status.objects_received),
                    objects_sent: status.map_or(0, |status| status.objects_sent),
                    problem: status.and_then(|status| status.problem.clone()).or_else(|| failed.get(&device).cloned()),
                }
            })
            .collect())
    })
    .await
}

/// How a join ended for now.
pub(crate) enum JoinEnd {
    /// The project is here and this person is a member.
    Joined,
    /// Nobody was reached.
    Nobody,
    /// A member was reached and gave nothing.
    GivenNothing,
}

/// Waits for a project that a ticket leads to.
pub(crate) async fn complete_join(
    engine: &Engine,
    id: ProjectId,
    wait: Duration,
    reporter: &Reporter,
) -> Result<JoinEnd, Failure> {
    let Some(project) = engine.project_by_id(&id) else { return Ok(JoinEnd::Nobody) };
    if wait.is_zero() {
        // Somebody without a network waits for a bundle and asks nobody.
        return Ok(JoinEnd::Nobody);
    }
    let network = engine.network().await?;
    network.dial_everybody();
    let deadline = Instant::now() + wait;
    let mut activity = network.activity.subscribe();
    let mut looked = None::<Instant>;
    loop {
        reporter.check()?;
        if engine.with_project(&project, |project| Ok(project.is_active())).await? {
            break;
        }
        if looked.is_none_or(|at| at.elapsed() > Duration::from_secs(3)) {
            looked = Some(Instant::now());
            buckets::exchange_all(&network, &project).await?;
            continue;
        }
        if Instant::now() >= deadline {
            let reached = !network.session_states(id).is_empty();
            return Ok(if reached { JoinEnd::GivenNothing } else { JoinEnd::Nobody });
        }
        let next = (Instant::now() + Duration::from_millis(200)).min(deadline);
        tokio::select! {
            _ = activity.changed() => {}
            () = sleep_until(next) => {}
        }
    }
    introduce(engine, &project).await?;
    let reached_bucket = buckets::exchange_all(&network, &project).await?.iter().any(|(_, result)| result.is_ok());
    let files = deadline.max(Instant::now() + FILES_AFTER_JOIN);
    settle(&network, &project, reached_bucket, files, reporter).await?;
    Ok(JoinEnd::Joined)
}

/// Writes the person's card into a project that was just joined.
pub(super) async fn introduce(engine: &Engine, project: &SharedProject) -> Result<(), Failure> {
    let profile = engine.with_home(|home| home.required_identity().map(|(_, profile)| profile.clone())).await?;
    engine
        .with_project(project, move |project| if project.is_active() { project.write_card(&profile) } else { Ok(()) })
        .await
}

/// Writes what is new into the project's buckets, so that a ticket made just now works while this device is off. Answers the buckets
/// that have it, and those that could not be reached in time.
pub(crate) async fn push_to_buckets(
    engine: &Engine,
    project: &SharedProject,
) -> Result<(Vec<String>, Vec<String>), Failure> {
    let shared = project.clone();
    let urls = blocking(move || Ok(lock(&shared).settings().buckets.clone())).await?;
    if urls.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let network = engine.network().await?;
    let results = match tokio::time::timeout(BUCKET_AFTER_INVITE, buckets::exchange_all(&network, project)).await {
        Ok(results) => results?,
        Err(_) => return Ok((Vec::new(), urls)),
    };
    let (reached, missed): (Vec<_>, Vec<_>) = results.into_iter().partition(|(_, result)| result.is_ok());
    let names = |list: Vec<(String, _)>| list.into_iter().map(|(url, _)| url).collect();
    Ok((names(reached), names(missed)))
}

/// After envelopes or files came some other way: a join may be complete, files may be here.
pub(crate) async fn after_arrival(engine: &Engine, project: &SharedProject) -> Result<(), Failure> {
    introduce(engine, project).await?;
    let (shared, vault) = (project.clone(), engine.inner().vault.clone());
    blocking(move || lock(&shared).missing_files(&vault).map(|_| ())).await
}

/// Brings files here that are about to be opened, from whoever has them.
pub(crate) async fn bring_files(
    engine: &Engine,
    project: &SharedProject,
    domain: DomainId,
    files: &[FileRef],
    wait: Duration,
    reporter: &Reporter,
) -> Result<(), Failure> {
    let (shared, vault, wanted) = (project.clone(), engine.inner().vault.clone(), files.to_vec());
    let missing = blocking(move || lock(&shared).missing_of(&vault, domain, &wanted)).await?;
    if missing.is_empty() {
        return Ok(());
    }
    let network = engine.network().await?;
    network.dial_everybody();
    let deadline = Instant::now() + wait;
    let mut activity = network.activity.subscribe();
    for file in missing {
        loop {
            reporter.check()?;
            reporter.progress(&file.file.name, 0, file.file.size);
            let sources = files::Sources::of(&network, project).await?;
            if sources.fetch(&network, project, &file).await? {
                break;
            }
            if Instant::now() >= deadline {
                return Err(Failure::new(
                    FailureKind::Unreachable,
                    format!("{} is not on this device, and nobody who has it could be reached", file.file.name),
                )
                .hint("try again when another member's device or the bucket can be reached, or import a bundle"));
            }
            let next = (Instant::now() + Duration::from_millis(250)).min(deadline);
            tokio::select! {
                _ = activity.changed() => {}
                () = sleep_until(next) => {}
            }
        }
    }
    Ok(())
}

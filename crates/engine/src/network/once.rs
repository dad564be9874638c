//! One synchronisation: exchanging with everybody who can be reached, and telling what was proved.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use enginus_model::{DeviceId, ProjectId};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::buckets::Look;
use super::place::Place;
use super::sessions::{Since, Status, Traffic};
use super::{Network, buckets};
use crate::Engine;
use crate::api::{Answer, Failure, FailureKind, PeerReport, Selector, SyncReport};
use crate::engine::{SharedProject, blocking, lock};
use crate::running::Reporter;

/// Once everything is equal, how long to stay for a peer that was about to begin something.
const LINGER: Duration = Duration::from_millis(200);

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
    let since = network.ask_again();
    network.dial_everybody();
    let deadline = Instant::now() + Duration::from_millis(wait_ms);
    let mut sides = Vec::new();
    for project in &projects {
        network.doubt_files(known(&network, project).await?.0);
        for (url, result) in buckets::exchange_all(&network, project, Look::Whole).await? {
            sides.push(bucket_report(project, url, result).await?);
        }
    }
    for project in &projects {
        let mut heard = settle(&network, project, (&since, !sides.is_empty()), deadline, reporter).await?;
        // What a peer brought may have to go into the bucket, and the other way round.
        for (url, result) in buckets::exchange_all(&network, project, Look::News).await? {
            if let Some(side) = sides.iter_mut().find(|side| side.with == url) {
                let again = bucket_report(project, url, result).await?;
                side.received += again.received;
                side.sent += again.sent;
                side.objects_sent += again.objects_sent;
                side.in_sync = again.in_sync;
                side.problem = again.problem;
                if again.received > 0 {
                    heard = settle(&network, project, (&since, true), deadline, reporter).await?;
                }
            }
        }
        sides.extend(peer_reports(&network, project, heard).await?);
        deny_what_never_arrived(project, &mut sides).await?;
    }
    let mut files_missing = 0;
    for project in &projects {
        files_brought(&network, project, deadline, reporter).await?;
        let shared = project.clone();
        files_missing += blocking(move || Ok(lock(&shared).kept_file_counts().1)).await?;
    }
    let mut reached = sides.iter().filter(|side| side.reachable).peekable();
    // With nobody reached nothing is proved.
    let in_sync = files_missing == 0 && reached.peek().is_some() && reached.all(|side| side.in_sync);
    Ok(Answer::Synced(SyncReport { sides, in_sync, files_missing }))
}

/// Nothing is equal with a project that is still on its way, however much its buckets and devices agree that they gave nothing.
async fn deny_what_never_arrived(project: &SharedProject, sides: &mut [PeerReport]) -> Result<(), Failure> {
    let shared = project.clone();
    let waits = blocking(move || {
        let project = lock(&shared);
        Ok((!project.is_active()).then(|| (project.summary().name, project.why_nothing_is_given())))
    })
    .await?;
    let Some((name, why)) = waits else { return Ok(()) };
    for side in sides.iter_mut().filter(|side| side.project == name && side.reachable) {
        side.in_sync = false;
        side.problem.get_or_insert_with(|| why.to_owned());
    }
    Ok(())
}

async fn bucket_report(
    project: &SharedProject,
    url: String,
    result: Result<buckets::Exchanged, Failure>,
) -> Result<PeerReport, Failure> {
    let shared = project.clone();
    let name = blocking(move || Ok(lock(&shared).summary().name)).await?;
    let reachable = result.is_ok();
    let (done, problem) = match result {
        Ok(mut done) => {
            let problem = done.problem.take();
            (done, problem.map(|failure| failure.to_string()))
        }
        Err(failure) => (buckets::Exchanged::default(), Some(failure.to_string())),
    };
    Ok(PeerReport {
        project: name,
        with: url,
        kind: "bucket".to_owned(),
        reachable,
        in_sync: problem.is_none(),
        received: done.received,
        sent: done.sent,
        objects_received: 0,
        objects_sent: done.objects_sent,
        problem,
    })
}

/// How a project stood with each device at one moment, and whether its session was still open.
pub(super) type Heard = BTreeMap<DeviceId, (bool, Status)>;

/// Waits until every device that answers is equal and has its files, and tells how it stood at that moment: what comes later is
/// another exchange. Where nobody answers it waits until the deadline, since somebody may come. `since` says what counts, and
/// whether a bucket was reached.
pub(super) async fn settle(
    network: &Arc<Network>,
    project: &SharedProject,
    since: (&Since, bool),
    deadline: Instant,
    reporter: &Reporter,
) -> Result<Heard, Failure> {
    let mut activity = network.activity.subscribe();
    loop {
        reporter.check()?;
        let (mut settled, mut heard) = look(network, project, since).await?;
        if settled {
            let still = Instant::now() + LINGER;
            if timeout_at(still.min(deadline), activity.changed()).await.is_ok() {
                (settled, heard) = look(network, project, since).await?;
            }
        }
        if settled || Instant::now() >= deadline {
            return Ok(heard);
        }
        wait_for(&mut activity, deadline).await;
    }
}

/// Until something changed, a moment at most.
pub(super) async fn wait_for(activity: &mut watch::Receiver<u64>, deadline: Instant) {
    let next = (Instant::now() + Duration::from_millis(250)).min(deadline);
    tokio::select! {
        _ = activity.changed() => {}
        () = sleep_until(next) => {}
    }
}

/// Waits until the files were asked for that came up last.
async fn files_brought(
    network: &Arc<Network>,
    project: &SharedProject,
    deadline: Instant,
    reporter: &Reporter,
) -> Result<(), Failure> {
    let (id, _) = known(network, project).await?;
    let mut activity = network.activity.subscribe();
    while !network.files_settled(id) && Instant::now() < deadline {
        reporter.check()?;
        wait_for(&mut activity, deadline).await;
    }
    Ok(())
}

/// Whether all is settled, and how each member's device stands that was heard.
async fn look(
    network: &Arc<Network>,
    project: &SharedProject,
    (since, bucket_reached): (&Since, bool),
) -> Result<(bool, Heard), Failure> {
    let (id, known) = known(network, project).await?;
    // A stranger who knocks, with a ticket that was used, say, keeps nobody from being in sync.
    let mut sessions = network.heard_since(id, since);
    sessions.retain(|device, _| known.contains_key(device));
    let waiting = |device: &DeviceId| !sessions.contains_key(device);
    let unanswered = {
        let connections = lock(&network.connections);
        known.iter().any(|(device, place)| {
            // Whoever is connected and silent is given up like whoever does not answer: at the deadline.
            let open = connections.sessions.get(&(id, *device)).is_some_and(|(open, _)| *open > 0);
            waiting(device) && (open || place.has_address() && !connections.failed.contains_key(device))
        })
    };
    let reached = sessions.values().any(|(_, status)| status.in_sync);
    let all = sessions.values().all(|(open, status)| status.settled() || !open);
    let settled = !unanswered && all && network.files_settled(id) && (reached || bucket_reached);
    Ok((settled, sessions))
}

pub(super) async fn known(
    network: &Arc<Network>,
    project: &SharedProject,
) -> Result<(ProjectId, BTreeMap<DeviceId, Place>), Failure> {
    let (network, shared) = (network.clone(), project.clone());
    blocking(move || {
        let project = lock(&shared);
        Ok((project.id(), project.known_sides(&network.met)?))
    })
    .await
}

async fn peer_reports(
    network: &Arc<Network>,
    project: &SharedProject,
    sessions: Heard,
) -> Result<Vec<PeerReport>, Failure> {
    let (_, known) = known(network, project).await?;
    let failed: BTreeMap<DeviceId, String> =
        lock(&network.connections).failed.iter().map(|(device, failed)| (*device, failed.why.clone())).collect();
    let devices: std::collections::BTreeSet<DeviceId> = known
        .iter()
        .filter(|(_, place)| place.has_address())
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
                let status = sessions.get(&device).map(|(_, status)| status);
                let traffic = status.map_or_else(Traffic::default, |status| status.traffic);
                let (with, kind) = match known.get(&device) {
                    Some(Place::Relay(address)) => (address.place(), "relay"),
                    _ => (project.device_owner(&device), "device"),
                };
                PeerReport {
                    project: name.clone(),
                    with,
                    kind: kind.to_owned(),
                    reachable: status.is_some(),
                    in_sync: status.is_some_and(Status::settled),
                    received: traffic.received,
                    sent: traffic.sent,
                    objects_received: traffic.objects_received,
                    objects_sent: traffic.objects_sent,
                    problem: status.and_then(|status| status.problem.clone()).or_else(|| failed.get(&device).cloned()),
                }
            })
            .collect())
    })
    .await
}

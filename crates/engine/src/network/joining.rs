//! Waiting for a project that a ticket leads to, and what is done once it is here.

use std::time::Duration;

use enginus_model::ProjectId;
use tokio::time::Instant;

use super::buckets::{self, Look};
use super::once::{settle, wait_for};
use crate::Engine;
use crate::api::Failure;
use crate::engine::{SharedProject, blocking, lock};
use crate::running::Reporter;

/// How long a new invitation is tried to be put into the buckets.
const BUCKET_AFTER_INVITE: Duration = Duration::from_secs(15);
/// How long a join that succeeded stays for the files, at least.
const FILES_AFTER_JOIN: Duration = Duration::from_secs(5);

/// How a join ended for now.
pub(crate) enum JoinEnd {
    /// The project is here and this person is a member.
    Joined,
    /// Nobody was reached.
    Nobody,
    /// A member or a bucket was reached and gave nothing; why that may be.
    GivenNothing(&'static str),
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
    let since = network.ask_again();
    network.dial_everybody();
    let deadline = Instant::now() + wait;
    let mut activity = network.activity.subscribe();
    let (mut looked, mut bucket_read) = (None::<Instant>, false);
    loop {
        reporter.check()?;
        if engine.with_project(&project, |project| Ok(project.is_active())).await? {
            break;
        }
        if looked.is_none_or(|at| at.elapsed() > Duration::from_secs(3)) {
            looked = Some(Instant::now());
            bucket_read |=
                buckets::exchange_all(&network, &project, Look::News).await?.iter().any(|(_, read)| read.is_ok());
            continue;
        }
        if Instant::now() >= deadline {
            let reached = bucket_read || !network.heard_since(id, &since).is_empty();
            let why = engine.with_project(&project, |project| Ok(project.why_nothing_is_given())).await?;
            return Ok(if reached { JoinEnd::GivenNothing(why) } else { JoinEnd::Nobody });
        }
        wait_for(&mut activity, deadline).await;
    }
    introduce(engine, &project).await?;
    let exchanged = buckets::exchange_all(&network, &project, Look::News).await?;
    let reached_bucket = exchanged.iter().any(|(_, result)| result.is_ok());
    let files = deadline.max(Instant::now() + FILES_AFTER_JOIN);
    settle(&network, &project, (&since, reached_bucket), files, reporter).await?;
    Ok(JoinEnd::Joined)
}

/// Looks once into the buckets of a project that is on its way. True when it is here now.
///
/// # Errors
/// What keeps a bucket from being read.
pub(crate) async fn look_into_buckets(engine: &Engine, id: ProjectId) -> Result<bool, Failure> {
    let Some(project) = engine.project_by_id(&id) else { return Ok(false) };
    let network = engine.network().await?;
    for (url, result) in buckets::exchange_all(&network, &project, Look::Whole).await? {
        if let Some(problem) = result?.problem {
            tracing::warn!("something in {url} could not be used: {problem}");
        }
    }
    engine.with_project(&project, |project| Ok(project.is_active())).await
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
    let results =
        match tokio::time::timeout(BUCKET_AFTER_INVITE, buckets::exchange_all(&network, project, Look::News)).await {
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

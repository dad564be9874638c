//! Getting projects back with nothing but the person's key: from a bucket, or from any member's ticket.

use std::time::Duration;

use enginus_access::Genesis;
use enginus_model::ProjectId;
use enginus_vault::{Bucket, BucketOptions};

use super::devices::arrive;
use super::membership::read_ticket;
use crate::Engine;
use crate::api::{Failure, FailureKind, SessionAnswer};
use crate::engine::{blocking, lock, place};
use crate::network;
use crate::project::{Credentials, Project, Waiting, certificate};
use crate::running::Reporter;

/// Looks for this person's projects at `from`, and brings them here.
pub(super) async fn recover(
    engine: &Engine,
    from: &str,
    wait_ms: u64,
    reporter: &Reporter,
) -> Result<SessionAnswer, Failure> {
    engine.with_home(|home| home.required_identity().map(|_| ())).await?;
    let in_bucket = from.contains("://");
    let found = if in_bucket { in_the_bucket(from).await? } else { vec![by_ticket(from)?] };
    let mut ids = Vec::new();
    for (genesis, waiting) in found {
        let id = genesis.project_id();
        let known = match engine.project_by_id(&id) {
            None => false,
            Some(project) => blocking(move || Ok(lock(&project).is_active())).await?,
        };
        if !known {
            let fresh = expect(engine, genesis, waiting).await?;
            ids.push((id, fresh));
        }
    }
    engine.refresh().await?;
    let wait = Duration::from_millis(wait_ms);
    let mut projects = Vec::new();
    for (id, fresh) in ids {
        reporter.check()?;
        // What is in a bucket is there or not. Projects of others are left alone again.
        if in_bucket {
            let here = network::look_into_buckets(engine, id).await;
            if !matches!(here, Ok(true)) {
                // A ticket that waits here for something else stays.
                if fresh {
                    engine.forget_project(id).await?;
                }
                here?;
                continue;
            }
        }
        projects.extend(arrive(engine, &[id], wait, reporter).await?);
    }
    if projects.is_empty() && in_bucket {
        return Err(Failure::new(
            FailureKind::NotFound,
            format!("{from} has no project that you are a member of and do not have"),
        )
        .hint("look at the address; a project whose bucket this device has no credentials for is not seen"));
    }
    Ok(SessionAnswer::ProjectsRecovered(projects))
}

async fn in_the_bucket(url: &str) -> Result<Vec<(Genesis, Waiting)>, Failure> {
    let found = Bucket::projects(url, &BucketOptions::from_environment()).await?;
    // Its marker's hash is the project's id; what is no genesis record is no project.
    Ok(found
        .into_iter()
        .filter_map(|found| Genesis::decode(&found.genesis).ok())
        .map(|genesis| {
            let name = genesis.project_id().short();
            (genesis, Waiting { name, buckets: vec![url.to_owned()], relays: Vec::new(), devices: Vec::new() })
        })
        .collect())
}

/// A ticket is taken for where it leads; its key is not used, since this person is a member already.
fn by_ticket(text: &str) -> Result<(Genesis, Waiting), Failure> {
    let (ticket, checked) = read_ticket(text)?;
    Ok((checked.genesis, Waiting::of_ticket(&ticket)))
}

/// Makes room for a project. False where something of it is here already.
async fn expect(engine: &Engine, genesis: Genesis, waiting: Waiting) -> Result<bool, Failure> {
    let id = genesis.project_id();
    if engine.project_by_id(&id).is_some() {
        return Ok(false);
    }
    let project = engine
        .with_home(move |home| {
            let identity = home.required_identity()?.0.clone();
            let place = place(home, id, identity)?;
            let certificate = certificate(&place, &home.device_name())?;
            Project::expect(place, &genesis, &waiting, &Credentials::of_member(&certificate))
        })
        .await?;
    engine.insert_project(id, project);
    Ok(true)
}

impl Engine {
    /// Takes a project that never arrived off this device. Whoever is connected is let go, since a session holds its project.
    pub(super) async fn forget_project(&self, id: ProjectId) -> Result<(), Failure> {
        let Some(project) = self.take_project(&id) else { return Ok(()) };
        self.close_network().await;
        crate::locking::let_go(vec![project]).await;
        self.with_home(move |home| home.forget_project(&id)).await?;
        if self.inner().options.network.at_once {
            self.network().await?;
        }
        Ok(())
    }
}

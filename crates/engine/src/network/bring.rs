//! Bringing files here that are about to be opened.

use std::time::Duration;

use enginus_model::{DomainId, FileRef};
use tokio::time::{Instant, timeout_at};

use super::once::{known, wait_for};
use super::sources::Sources;
use crate::Engine;
use crate::api::{Failure, FailureKind};
use crate::engine::{SharedProject, blocking, lock};
use crate::running::Reporter;

/// A file that is asked for without waiting is tried to be had for this long.
const ONE_TRY: Duration = Duration::from_secs(1);

/// A file that counts as here could not be opened: what counts as here is looked at again, where the network runs at once.
pub(crate) async fn doubt_files(engine: &Engine, project: &SharedProject) {
    if let Some(network) = engine.network_if_up().await
        && let Ok((id, _)) = known(&network, project).await
    {
        network.doubt_files(id);
    }
}

/// Brings files here that are about to be opened, from whoever has them. Whether anything was missing.
pub(crate) async fn bring_files(
    engine: &Engine,
    project: &SharedProject,
    domain: DomainId,
    files: &[FileRef],
    wait: Duration,
    reporter: &Reporter,
) -> Result<bool, Failure> {
    let (shared, vault, wanted) = (project.clone(), engine.inner().vault.clone(), files.to_vec());
    let missing = blocking(move || lock(&shared).missing_of(&vault, domain, &wanted)).await?;
    if missing.is_empty() {
        return Ok(false);
    }
    let network = engine.network().await?;
    network.dial_everybody();
    let (id, _) = known(&network, project).await?;
    let deadline = Instant::now() + wait;
    let mut activity = network.activity.subscribe();
    for file in missing {
        loop {
            reporter.check()?;
            reporter.progress(&file.file.name, 0, file.file.size);
            let until = deadline.max(Instant::now() + ONE_TRY);
            let fetching = async {
                let sources = Sources::of(&network, project).await?;
                sources.fetch(&network, project, &file).await
            };
            match timeout_at(until, fetching).await {
                Ok(Ok(true)) => break,
                Ok(Ok(false)) => {}
                Ok(Err(failure)) => return Err(failure),
                Err(_) => network.show_file(id, file.file.manifest.object, None),
            }
            if Instant::now() >= deadline {
                return Err(Failure::new(
                    FailureKind::Unreachable,
                    format!("{} is not on this device, and nobody who has it could be reached", file.file.name),
                )
                .hint("try again when another member's device or the bucket can be reached, or import a bundle"));
            }
            wait_for(&mut activity, deadline).await;
        }
    }
    Ok(true)
}

//! What the program does besides serving.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use enginus_model::ProjectId;
use enginus_relay::admission::Admission;
use enginus_relay::clock;
use enginus_relay::config::{Config, Secrets, Size};
use enginus_relay::maintain::{backup, check, gc};
use enginus_relay::run::seams::open_storage;
use enginus_relay::storage::Storage;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::arguments::{ProjectAction, Task};
use crate::tell;

pub(crate) async fn run(task: Task, config: &Config, secrets: &Secrets) -> anyhow::Result<ExitCode> {
    let admission = Admission::new(config, secrets);
    // Allowing needs no storage, which may be open in the relay that runs.
    if let Task::Project { action: ProjectAction::Allow { project } } = &task {
        let new = admission.allow(*project).context("the list of allowed projects cannot be written")?;
        tell(if new { "The project is allowed from now on." } else { "The project was allowed already." });
        return Ok(ExitCode::SUCCESS);
    }
    if matches!(task, Task::Health) {
        return health(config).await;
    }
    let storage = open_storage(config, secrets).await.context("the storage cannot be opened")?;
    match task {
        Task::Check => {
            let report = check::check(&*storage).await?;
            tell(&report.to_string());
            return Ok(if report.faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Task::Backup { place } => write_backup(&*storage, None, &place).await?,
        Task::Restore { file } => tell(&format!("Restored: {}.", backup::restore(&*storage, &file).await?)),
        Task::Gc { dry_run } => tell(&gc::collect(&*storage, &config.quota, clock::now(), dry_run).await?.to_string()),
        Task::Health => {}
        Task::Project { action } => project(action, &*storage, &admission).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// How long a relay may take to say that it is ready.
const HEALTH_WITHIN: std::time::Duration = std::time::Duration::from_secs(4);

async fn health(config: &Config) -> anyhow::Result<ExitCode> {
    let mut at = config.http.bind;
    if at.ip().is_unspecified() {
        at.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    let asked = tokio::time::timeout(HEALTH_WITHIN, async {
        let mut stream = tokio::net::TcpStream::connect(at).await?;
        stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: relay\r\nconnection: close\r\n\r\n").await?;
        let mut answer = Vec::new();
        stream.take(4096).read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    });
    let answer = asked.await.context("the relay does not answer in time")?;
    let answer = answer.with_context(|| format!("no relay answers at `http.bind` = {at}"))?;
    let is_ready = answer.starts_with(b"HTTP/1.1 200");
    tell(if is_ready { "ready" } else { "not ready: its log says why" });
    Ok(if is_ready { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn write_backup(storage: &dyn Storage, projects: Option<&[ProjectId]>, place: &Path) -> anyhow::Result<()> {
    let now = clock::now();
    let file = backup::file_at(place, now);
    let report = backup::write(storage, projects, &file, now).await?;
    tell(&format!("{report} in {}.", file.display()));
    Ok(())
}

async fn project(action: ProjectAction, storage: &dyn Storage, admission: &Admission) -> anyhow::Result<()> {
    match action {
        ProjectAction::List => list(storage, admission).await,
        ProjectAction::Allow { .. } => Ok(()),
        ProjectAction::Remove { project, yes: true } => {
            admission.disallow(&project).context("the list of allowed projects cannot be written")?;
            storage.delete(project).await?;
            tell("The project is not kept any more. Take it out of `admission.projects` too, where it stands there.");
            Ok(())
        }
        ProjectAction::Remove { yes: false, .. } => {
            bail!(
                "this deletes what is kept of the project; say --yes to do it, and `project export` before to keep a copy"
            )
        }
        ProjectAction::Export { project, place } => write_backup(storage, Some(&[project]), &place).await,
    }
}

async fn list(storage: &dyn Storage, admission: &Admission) -> anyhow::Result<()> {
    let allowed = admission.allowed().context("the list of allowed projects cannot be read")?;
    let kept: BTreeSet<ProjectId> = storage.projects().await?.into_iter().collect();
    for project in kept.union(&allowed) {
        if kept.contains(project) {
            let usage = storage.view(*project).await?.usage()?;
            let bytes = Size(usage.journal_bytes.saturating_add(usage.object_bytes));
            tell(&format!("{project}  {} envelopes, {} objects, {bytes}", usage.envelopes, usage.objects));
        } else {
            tell(&format!("{project}  allowed, not kept yet"));
        }
    }
    Ok(())
}

/// A folder that goes when this is dropped.
pub(crate) struct TemporaryFolder(std::path::PathBuf);

impl TemporaryFolder {
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A new folder among the system's temporary ones that is this user's alone.
pub(crate) fn temporary_folder() -> anyhow::Result<TemporaryFolder> {
    let mut name = [0; 8];
    getrandom::fill(&mut name).map_err(|e| anyhow::anyhow!("the system gives no randomness: {e}"))?;
    let path = std::env::temp_dir().join(format!("enginus-relay-{}", hex::encode(name)));
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&path)?;
    Ok(TemporaryFolder(path))
}

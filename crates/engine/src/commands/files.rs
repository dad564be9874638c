//! Sealing files in and writing them out.

use std::path::{Path, PathBuf};
use std::time::Duration;

use enginus_model::{DomainId, FileRef, portable_file_name, safe_file_name};
use enginus_vault::Progress;

use super::documents::SealedFile;
use crate::Engine;
use crate::api::{Answer, Failure, FailureKind, FetchedFile, Selector};
use crate::engine::{SharedProject, blocking};
use crate::network;
use crate::running::Reporter;

/// Seals files for a folder into the local cache. Nothing refers to them until a change does.
pub(super) async fn seal(
    engine: &Engine,
    project: &SharedProject,
    domain: DomainId,
    paths: &[PathBuf],
    reporter: &Reporter,
) -> Result<Vec<SealedFile>, Failure> {
    let secret = engine.with_project(project, move |project| project.writing_secret(&domain)).await?;
    let (paths, reporter, vault) = (paths.to_vec(), reporter.clone(), engine.inner().vault.clone());
    blocking(move || {
        let mut sealed = Vec::with_capacity(paths.len());
        for path in &paths {
            let name = path.display().to_string();
            let progress = |at: Progress| reporter.progress(&name, at.done_bytes, at.total_bytes);
            let file = vault.seal_file(path, &secret.dedup_secret(), secret.id(), &progress, reporter.token())?;
            let name = safe_file_name(&file.file.name).map_err(|error| {
                Failure::new(FailureKind::BadInput, format!("{}: {error}", path.display()))
                    .hint("give the file another name, then add it again")
            })?;
            sealed.push((FileRef { name, ..file.file }, file.objects));
        }
        Ok(sealed)
    })
    .await
}

/// What `doc get` was asked.
pub(super) struct Get {
    pub(super) number: String,
    pub(super) revision: Option<String>,
    pub(super) output: PathBuf,
    pub(super) wait_ms: u64,
}

pub(super) async fn get(
    engine: &Engine,
    project: &Selector,
    wanted: Get,
    reporter: &Reporter,
) -> Result<Answer, Failure> {
    let project = engine.find_project(project).await?;
    let (domain, files, number) = engine
        .with_project(&project, move |project| {
            let row = project.find_document(&wanted.number)?;
            project.require_arrived(&row.domain, &row.id)?;
            let revision = project.find_revision(&row, wanted.revision.as_deref())?;
            Ok((row.domain, revision.files, row.number.clone()))
        })
        .await?;
    if files.is_empty() {
        return Err(Failure::new(FailureKind::NotFound, format!("{number} is planned and has no file yet"))
            .hint("add one with `enginus doc revise`"));
    }
    let wait = Duration::from_millis(wanted.wait_ms);
    network::bring_files(engine, &project, domain, &files, wait, reporter).await?;
    let targets = targets(&wanted.output, &files);
    let secrets = engine.with_project(&project, move |project| project.secrets_of(&domain, &files)).await?;
    let (vault, reporter) = (engine.inner().vault.clone(), reporter.clone());
    blocking(move || {
        let mut fetched = Vec::new();
        for ((file, secret), path) in secrets.into_iter().zip(targets) {
            let progress = |at: Progress| reporter.progress(&file.name, at.done_bytes, at.total_bytes);
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).map_err(|error| cannot_write(folder, &error))?;
            }
            vault.open_file(&file, &secret, &path, &progress, reporter.token())?;
            fetched.push(FetchedFile { path, size: file.size, sha256: file.sha256 });
        }
        Ok(Answer::Fetched(fetched))
    })
    .await
}

pub(super) fn cannot_write(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(FailureKind::Storage, format!("{} cannot be written: {error}", path.display()))
        .hint("choose another place with -o")
}

/// One file goes where it is told; several, or a folder, go under their own names.
fn targets(output: &Path, files: &[FileRef]) -> Vec<PathBuf> {
    if output.is_dir() {
        return files.iter().map(|file| output.join(portable_file_name(&file.name))).collect();
    }
    let mut targets = vec![output.to_owned()];
    let folder = output.parent().unwrap_or(output);
    targets.extend(files.iter().skip(1).map(|file| folder.join(portable_file_name(&file.name))));
    targets
}

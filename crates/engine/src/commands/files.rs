//! Sealing files in and writing them out.

use std::path::{Path, PathBuf};
use std::time::Duration;

use enginus_envelope::DedupSecret;
use enginus_model::{DomainId, FileRef, fold, portable_file_name, safe_file_name, split_extension};
use enginus_vault::Progress;

use super::documents::SealedFile;
use crate::Engine;
use crate::api::{Answer, Failure, FailureKind, FetchedFile, Selector};
use crate::engine::{SharedProject, blocking};
use crate::network;
use crate::running::Reporter;

/// Files of one revision at most, as the documents have it.
const MAX_FILES: usize = 200;

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
    let targets = targets(&wanted.output, &files)?;
    let wait = Duration::from_millis(wanted.wait_ms);
    network::bring_files(engine, &project, domain, &files, wait, reporter).await?;
    let wanted = files.clone();
    let secrets = engine.with_project(&project, move |project| project.secrets_of(&domain, &wanted)).await?;
    let written = write_out(engine, &secrets, &targets, reporter).await;
    let Err(failure) = written else { return written };
    // Opening is where it shows that a part is damaged: it has been removed then, and is had from elsewhere.
    network::doubt_files(engine, &project).await;
    if network::bring_files(engine, &project, domain, &files, wait, reporter).await? {
        write_out(engine, &secrets, &targets, reporter).await
    } else {
        Err(failure)
    }
}

async fn write_out(
    engine: &Engine,
    files: &[(FileRef, DedupSecret)],
    targets: &[Target],
    reporter: &Reporter,
) -> Result<Answer, Failure> {
    let (files, targets) = (files.to_vec(), targets.to_vec());
    let (vault, reporter) = (engine.inner().vault.clone(), reporter.clone());
    blocking(move || {
        let mut fetched = Vec::new();
        for ((file, secret), Target { path, named_by_author }) in files.into_iter().zip(targets) {
            let progress = |at: Progress| reporter.progress(&file.name, at.done_bytes, at.total_bytes);
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).map_err(|error| cannot_write(folder, &error))?;
            }
            // What its author called it decides nothing about what stands on this disk.
            if !named_by_author || path.symlink_metadata().is_err() {
                vault.open_file(&file, &secret, &path, &progress, reporter.token())?;
            } else if !vault.is_copy(&file, &path) {
                return Err(in_the_way(&path));
            }
            fetched.push(FetchedFile { path, size: file.size, sha256: file.sha256 });
        }
        Ok(Answer::Fetched(fetched))
    })
    .await
}

fn in_the_way(path: &Path) -> Failure {
    Failure::new(
        FailureKind::Conflict,
        format!("{} is there already and is another file; it is not replaced", path.display()),
    )
    .hint("move it away, or choose another place with -o")
}

pub(super) fn cannot_write(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(FailureKind::Storage, format!("{} cannot be written: {error}", path.display()))
        .hint("choose another place with -o")
}

/// Where a file is written.
#[derive(Debug, Clone)]
struct Target {
    path: PathBuf,
    /// Its name was chosen by whoever added it and not by whoever asks for it now.
    named_by_author: bool,
}

/// One file goes where it is told; several, or a folder, go under their own names, each under another.
fn targets(output: &Path, files: &[FileRef]) -> Result<Vec<Target>, Failure> {
    let mut targets = Vec::with_capacity(files.len());
    let folder = if output.is_dir() {
        output
    } else {
        targets.push(Target { path: output.to_owned(), named_by_author: false });
        output.parent().unwrap_or(output)
    };
    for file in files.iter().skip(targets.len()) {
        let name = portable_file_name(&file.name);
        let taken = |path: &PathBuf| targets.iter().any(|target| same_place(&target.path, path));
        let path = numbered(folder, &name).find(|path| !taken(path)).ok_or_else(|| in_the_way(&folder.join(&name)))?;
        targets.push(Target { path, named_by_author: true });
    }
    Ok(targets)
}

/// `name`, then `name (2)` and so on.
fn numbered<'a>(folder: &'a Path, name: &'a str) -> impl Iterator<Item = PathBuf> + 'a {
    let (stem, extension) = split_extension(name);
    let tail = extension.map(|extension| format!(".{extension}")).unwrap_or_default();
    let again = (2..=MAX_FILES).map(move |n| folder.join(portable_file_name(&format!("{stem} ({n}){tail}"))));
    std::iter::once(folder.join(name)).chain(again)
}

/// Many systems take names that differ in the size of letters alone for one.
fn same_place(a: &Path, b: &Path) -> bool {
    a.parent() == b.parent()
        && a.file_name().map(|name| fold(&name.to_string_lossy()))
            == b.file_name().map(|name| fold(&name.to_string_lossy()))
}

#[cfg(test)]
mod tests {
    use enginus_model::{EpochId, Hash, ManifestRef, Sha256};

    use super::*;

    fn file(name: &str) -> FileRef {
        let manifest = ManifestRef { object: Hash([1; 32]), content: Hash([4; 32]), epoch: EpochId([2; 32]) };
        FileRef { name: name.to_owned(), size: 1, sha256: Sha256([3; 32]), manifest }
    }

    #[test]
    fn every_file_has_a_place_of_its_own_and_only_one_is_named_by_whoever_asks() {
        let folder = tempfile::tempdir().unwrap();
        let files = ["A.pdf", "a.PDF", "out.pdf", "A.pdf"].map(file);
        let names = |targets: Vec<Target>| -> Vec<(String, bool)> {
            let name = |target: &Target| target.path.file_name().unwrap().to_string_lossy().into_owned();
            targets.iter().map(|target| (name(target), target.named_by_author)).collect()
        };
        let told = targets(&folder.path().join("out.pdf"), &files).unwrap();
        let expected = [("out.pdf", false), ("a.PDF", true), ("out (2).pdf", true), ("A (2).pdf", true)];
        assert_eq!(names(told), expected.map(|(name, author)| (name.to_owned(), author)));
        let told = targets(folder.path(), &files).unwrap();
        let expected = ["A.pdf", "a (2).PDF", "out.pdf", "A (3).pdf"];
        assert_eq!(names(told), expected.map(|name| (name.to_owned(), true)));
    }
}

//! Adding, revising and changing documents.

use std::path::PathBuf;

use enginus_crdt::{Edit, NewRevision};
use enginus_model::{
    DocumentNumber, DomainId, FileRef, NumberError, ParsedFileName, RevisionCode, Suitability, fold, safe_subfolder,
};
use enginus_vault::ObjectInfo;

use super::files::seal;
use crate::api::{AddedDocument, Answer, Failure, FailureKind, FileToAdd, NewDocument, Selector, Update};
use crate::engine::SharedProject;
use crate::project::NewFile;
use crate::running::Reporter;
use crate::{Engine, project};

/// Files one command may add; more are several commands.
const FILES_MAX: usize = 20_000;
/// Documents planned in one change.
const PLANNED_MAX: usize = 5_000;

/// A sealed file together with the objects it is made of.
pub(super) type SealedFile = (FileRef, Vec<ObjectInfo>);

pub(super) async fn add(
    engine: &Engine,
    project: &Selector,
    folder: String,
    files: Vec<FileToAdd>,
    reason: String,
    reporter: &Reporter,
) -> Result<Answer, Failure> {
    let reason = required_reason(&reason)?;
    if files.is_empty() || files.len() > FILES_MAX {
        return Err(Failure::new(FailureKind::Invalid, format!("give 1 to {FILES_MAX} files, not {}", files.len())));
    }
    let project = engine.find_project(project).await?;
    let domain = writable_folder(engine, &project, folder).await?;
    let drafts: Vec<Draft> = group(files);
    let (mut added, mut refused) = (0u64, 0u64);
    let total = drafts.len() as u64;
    for (done, draft) in (0u64..).zip(drafts) {
        reporter.check()?;
        reporter.progress(&draft.files[0].display().to_string(), done, total);
        let paths = draft.files.clone();
        match add_one(engine, &project, domain, draft, &reason, reporter).await {
            Ok(documents) => {
                added += 1;
                for document in documents {
                    reporter.say(Update::Added(document)).await;
                }
            }
            Err(failure) if failure.kind == FailureKind::Cancelled => return Err(failure),
            // One bad file does not keep the others out; a store that cannot write does.
            Err(failure) if failure.kind == FailureKind::Storage || total == 1 => return Err(failure),
            Err(failure) => {
                refused += 1;
                for file in paths {
                    reporter.say(Update::Refused { file, failure: failure.clone() }).await;
                }
            }
        }
    }
    Ok(Answer::Added { added, refused })
}

/// What is known of one document before its files are read.
struct Draft {
    files: Vec<PathBuf>,
    subfolder: String,
    number: String,
    title: String,
    revision: String,
    status: String,
    fields: Vec<(String, String)>,
}

/// Reads number, title and revision from names where they are not given, and puts files that are one revision in several
/// formats (a drawing as DWG and PDF) into one document.
fn group(files: Vec<FileToAdd>) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    for file in files {
        let name = file.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let parsed = ParsedFileName::parse(&name);
        let revision = file.revision.or(parsed.revision.map(|code| code.to_string()));
        let draft = Draft {
            number: file.number.unwrap_or(parsed.number).trim().to_owned(),
            title: file.title.unwrap_or(parsed.title).trim().to_owned(),
            revision: revision.unwrap_or_else(|| RevisionCode::first().to_string()),
            status: file.status.unwrap_or_default(),
            subfolder: file.subfolder,
            fields: file.fields,
            files: vec![file.path],
        };
        let same = drafts.iter_mut().find(|other| {
            fold(&other.number) == fold(&draft.number)
                && other.revision == draft.revision
                && other.subfolder == draft.subfolder
                && other.files.iter().all(|path| path.extension() != draft.files[0].extension())
        });
        match same {
            Some(other) => other.files.extend(draft.files),
            None => drafts.push(draft),
        }
    }
    drafts
}

async fn add_one(
    engine: &Engine,
    project: &SharedProject,
    domain: DomainId,
    draft: Draft,
    reason: &str,
    reporter: &Reporter,
) -> Result<Vec<AddedDocument>, Failure> {
    let status = checked_status(&draft.status)?;
    let (number, subfolder) = checked_place(&draft.number, &draft.subfolder)?;
    let draft = Draft { revision: checked_code(&draft.revision)?, number: number.clone(), subfolder, ..draft };
    engine.with_project(project, move |project| refuse_known_number(project, &domain, &number)).await?;
    let sealed = seal(engine, project, domain, &draft.files, reporter).await?;
    let sizes: Vec<(PathBuf, FileRef)> =
        draft.files.iter().cloned().zip(sealed.iter().map(|(file, _)| file.clone())).collect();
    let (files, objects) = unzip(sealed);
    let revision = NewRevision {
        id: project::new_revision_id(),
        code: draft.revision.clone(),
        status,
        reason: reason.to_owned(),
        files,
    };
    let new = NewFile {
        number: draft.number.clone(),
        title: draft.title.clone(),
        path: draft.subfolder,
        fields: draft.fields.into_iter().collect(),
        revision: Some(revision),
        objects,
    };
    engine
        .with_project(project, move |project| {
            // Asked again: somebody may have added it while the file was being sealed.
            refuse_known_number(project, &domain, &new.number)?;
            let folder = project.settings().folder_name(&domain);
            let ids = project.add_documents(domain, vec![new])?;
            let id = ids[0];
            let number_clash = project.row(&domain, &id).is_some_and(|row| row.number_clash);
            Ok(sizes
                .into_iter()
                .map(|(path, file)| AddedDocument {
                    file: path,
                    id,
                    folder: folder.clone(),
                    number: draft.number.clone(),
                    title: draft.title.clone(),
                    revision: draft.revision.clone(),
                    size: file.size,
                    sha256: file.sha256,
                    number_clash,
                })
                .collect())
        })
        .await
}

pub(super) fn refuse_known_number(project: &project::Project, domain: &DomainId, number: &str) -> Result<(), Failure> {
    let Some(known) = project.folder(domain).and_then(|folder| folder.numbered(number).next()) else { return Ok(()) };
    let folder = project.settings().folder_name(domain);
    if known.removed.is_some() {
        return Err(Failure::new(FailureKind::Conflict, format!("{folder} had a document {number}, which is removed"))
            .hint(format!(
                "put it back with `enginus doc restore \"{number}\" --reason WHY` and revise it, or give another --number"
            )));
    }
    Err(Failure::new(FailureKind::Conflict, format!("{folder} already has a document {number}")).hint(format!(
        "add a revision with `enginus doc revise \"{number}\" FILE --reason WHY`, or give another --number"
    )))
}

pub(super) async fn plan(
    engine: &Engine,
    project: &Selector,
    folder: String,
    documents: Vec<NewDocument>,
    reason: String,
) -> Result<Answer, Failure> {
    required_reason(&reason)?;
    if documents.is_empty() || documents.len() > PLANNED_MAX {
        return Err(Failure::new(FailureKind::Invalid, format!("plan 1 to {PLANNED_MAX} documents at once")));
    }
    let project = engine.find_project(project).await?;
    let domain = writable_folder(engine, &project, folder).await?;
    engine
        .with_project(&project, move |project| {
            let new = documents
                .into_iter()
                .map(|document| {
                    let (number, path) = checked_place(&document.number, &document.subfolder)?;
                    refuse_known_number(project, &domain, &number)?;
                    Ok(NewFile {
                        number,
                        title: document.title,
                        path,
                        fields: document.fields.into_iter().collect(),
                        ..NewFile::default()
                    })
                })
                .collect::<Result<Vec<_>, Failure>>()?;
            let added = project.add_documents(domain, new)?.len() as u64;
            Ok(Answer::Added { added, refused: 0 })
        })
        .await
}

/// What `doc revise` was asked.
pub(super) struct Revise {
    pub(super) number: String,
    pub(super) files: Vec<PathBuf>,
    pub(super) revision: Option<String>,
    pub(super) status: Option<String>,
    pub(super) reason: String,
}

pub(super) async fn revise(
    engine: &Engine,
    project: &Selector,
    wanted: Revise,
    reporter: &Reporter,
) -> Result<Answer, Failure> {
    let reason = required_reason(&wanted.reason)?;
    let project = engine.find_project(project).await?;
    let number = wanted.number.clone();
    let row = engine
        .with_project(&project, move |project| {
            let row = project.find_document(&number)?;
            project.require_write(&row.domain, enginus_model::Lane::Records)?;
            project.require_arrived(&row.domain, &row.id)?;
            Ok(row)
        })
        .await?;
    let status = match &wanted.status {
        Some(status) => checked_status(status)?,
        None => row.current().map_or_else(String::new, |current| current.status.to_string()),
    };
    let wanted_code = wanted.revision.as_deref().map(checked_code).transpose()?;
    let (files, objects) = unzip(seal(engine, &project, row.domain, &wanted.files, reporter).await?);
    let id = row.id;
    engine
        .with_project(&project, move |project| {
            let row = project.row(&row.domain, &id).unwrap_or(row);
            if row.removed.is_some() {
                return Err(Failure::new(FailureKind::Conflict, format!("{} is removed", row.number))
                    .hint(format!("restore it first: `enginus doc restore \"{}\" --reason WHY`", row.number)));
            }
            let code = next_code(&row, wanted_code.as_deref())?;
            let revision = NewRevision { id: project::new_revision_id(), code, status, reason, files };
            project.edit_document(row.domain, id, &[Edit::AddRevision { document: id, revision }], &objects)?;
            document_answer(project, &row.domain, &id)
        })
        .await
}

fn next_code(row: &enginus_query::DocumentRow, wanted: Option<&str>) -> Result<String, Failure> {
    let current = row.current().map(|revision| RevisionCode::new(&revision.code));
    let Some(wanted) = wanted else {
        return Ok(current.map_or_else(RevisionCode::first, |code| code.next()).to_string());
    };
    let code = RevisionCode::new(wanted);
    if row.revisions.iter().any(|revision| RevisionCode::new(&revision.code) == code) {
        return Err(Failure::new(FailureKind::Conflict, format!("{} already has a revision {wanted}", row.number))
            .hint("leave --rev out to take the next one"));
    }
    Ok(wanted.trim().to_owned())
}

pub(super) async fn settle(
    engine: &Engine,
    project: &Selector,
    number: String,
    field: String,
    keep: String,
) -> Result<Answer, Failure> {
    change(engine, project, number, move |_, row| {
        let conflict = row.conflicts.iter().find(|conflict| conflict.field == field).ok_or_else(|| {
            Failure::new(FailureKind::NotFound, format!("the field {field} of {} is not in conflict", row.number))
        })?;
        if conflict.winner != keep && !conflict.losers.iter().any(|(value, _)| *value == keep) {
            let mut failure =
                Failure::new(FailureKind::Invalid, format!("\"{keep}\" is none of the values in conflict"));
            failure.candidates = std::iter::once(&conflict.winner)
                .chain(conflict.losers.iter().map(|(value, _)| value))
                .cloned()
                .collect();
            return Err(failure.hint("keep one of the values, or set a new one with `doc edit`"));
        }
        Ok(vec![Edit::SettleConflict { document: row.id, field: super::edit::field_of(&field)?, keep }])
    })
    .await
}

pub(super) async fn remove(
    engine: &Engine,
    project: &Selector,
    number: String,
    reason: String,
) -> Result<Answer, Failure> {
    let reason = required_reason(&reason)?;
    change(engine, project, number, move |_, row| {
        if row.removed.is_some() {
            return Err(Failure::new(FailureKind::Conflict, format!("{} is removed already", row.number)));
        }
        Ok(vec![Edit::Remove { document: row.id, reason }])
    })
    .await
}

pub(super) async fn restore(
    engine: &Engine,
    project: &Selector,
    number: String,
    reason: String,
) -> Result<Answer, Failure> {
    let reason = required_reason(&reason)?;
    change(engine, project, number, move |_, row| {
        if row.removed.is_none() {
            return Err(Failure::new(FailureKind::Conflict, format!("{} is not removed", row.number)));
        }
        Ok(vec![Edit::Restore { document: row.id, reason }])
    })
    .await
}

pub(super) async fn change(
    engine: &Engine,
    project: &Selector,
    number: String,
    edits: impl FnOnce(&project::Project, &enginus_query::DocumentRow) -> Result<Vec<Edit>, Failure> + Send + 'static,
) -> Result<Answer, Failure> {
    let project = engine.find_project(project).await?;
    engine
        .with_project(&project, move |project| {
            let row = project.find_document(&number)?;
            let edits = edits(project, &row)?;
            project.edit_document(row.domain, row.id, &edits, &[])?;
            document_answer(project, &row.domain, &row.id)
        })
        .await
}

fn document_answer(
    project: &project::Project,
    domain: &DomainId,
    id: &enginus_model::DocumentId,
) -> Result<Answer, Failure> {
    let row = project.row(domain, id).ok_or_else(|| Failure::new(FailureKind::Internal, "the document vanished"))?;
    Ok(Answer::Document(Box::new(project.document_info(&row, |_| true))))
}

async fn writable_folder(engine: &Engine, project: &SharedProject, folder: String) -> Result<DomainId, Failure> {
    engine
        .with_project(project, move |project| {
            if !project.is_active() {
                return Err(Failure::new(FailureKind::NotFound, "the project has not arrived on this device yet")
                    .hint("run `enginus sync` where another member can be reached, or import a bundle"));
            }
            let domain = project.find_folder(&folder)?;
            project.require_write(&domain, enginus_model::Lane::Records)?;
            Ok(domain)
        })
        .await
}

fn unzip(sealed: Vec<SealedFile>) -> (Vec<FileRef>, Vec<ObjectInfo>) {
    let (files, objects): (Vec<_>, Vec<Vec<_>>) = sealed.into_iter().unzip();
    (files, objects.into_iter().flatten().collect())
}

fn required_reason(reason: &str) -> Result<String, Failure> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Failure::new(FailureKind::Invalid, "the log needs a reason")
            .hint("say why with --reason: it is what the log shows"));
    }
    Ok(reason.to_owned())
}

/// Writers set S codes; A and B codes come from reviews.
pub(super) fn checked_status(status: &str) -> Result<String, Failure> {
    if status.trim().is_empty() {
        return Ok(String::new());
    }
    let refused = |why: &str| {
        Err(Failure::new(FailureKind::Invalid, format!("\"{status}\" {why}"))
            .hint("use S0 to S5: S0 in development, S1 coordination, S2 information, S3 review, S4 authorization, S5 acceptance"))
    };
    match Suitability::parse(status) {
        Some(code) if code.is_writable() => Ok(code.to_string()),
        Some(_) => refused("is given by a review, not by the person who adds a document"),
        None => refused("is no suitability code"),
    }
}

fn checked_code(code: &str) -> Result<String, Failure> {
    code.parse::<RevisionCode>().map(|code| code.to_string()).map_err(|error| {
        Failure::new(FailureKind::Invalid, error.to_string()).hint("use a code such as P01, P02.01, C01 or A")
    })
}

/// The number and the subfolder as they are kept.
pub(super) fn checked_place(number: &str, subfolder: &str) -> Result<(String, String), Failure> {
    let number: DocumentNumber =
        number.parse().map_err(|error: NumberError| Failure::new(FailureKind::Invalid, error.to_string()))?;
    let subfolder = safe_subfolder(subfolder).map_err(|error| Failure::new(FailureKind::Invalid, error.to_string()))?;
    Ok((number.as_str().to_owned(), subfolder))
}

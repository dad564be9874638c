//! A folder's log as a workbook.

use std::path::PathBuf;

use enginus_excel::{LogRow, LogSheet, write_log};
use enginus_query::by_register_order;

use crate::Engine;
use crate::ambient;
use crate::api::{Answer, Failure, FailureKind, Selector};
use crate::project::Project;

pub(super) async fn export(
    engine: &Engine,
    project: &Selector,
    folder: String,
    output: PathBuf,
) -> Result<Answer, Failure> {
    let project = engine.find_project(project).await?;
    let path = output.clone();
    let sheet = engine
        .with_project(&project, move |project| {
            let domain = project.find_folder(&folder)?;
            Ok(log_sheet(project, &domain))
        })
        .await?;
    crate::engine::blocking(move || {
        let rows = sheet.rows.len() as u64;
        write_log(&sheet, &path).map_err(|error| {
            Failure::new(FailureKind::Storage, format!("the workbook {} cannot be written: {error}", path.display()))
                .hint("close it where it is open in another program, or choose another place with -o")
        })?;
        Ok(Answer::Exported { path, rows })
    })
    .await
    .map(|answer| match answer {
        Answer::Exported { rows, .. } => Answer::Exported { path: output, rows },
        other => other,
    })
}

/// One row per document revision, in the register's order: shared facts only, so that two devices in sync export the same.
pub(crate) fn log_sheet(project: &Project, domain: &enginus_model::DomainId) -> LogSheet {
    let settings = project.settings();
    let mut rows: Vec<_> = project.folder(domain).map_or_else(Vec::new, |view| view.rows().collect());
    rows.sort_by(|a, b| by_register_order(a, b));
    let folder = settings.folder_name(domain);
    LogSheet {
        project: settings.name.clone(),
        folder: folder.clone(),
        language: settings.language,
        heads: project.domain_digest(domain),
        exported_at: ambient::now(),
        rows: rows.into_iter().flat_map(|row| LogRow::from_document(row, |author| project.author_name(author))).collect(),
    }
}

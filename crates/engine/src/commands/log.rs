//! A folder's log as a workbook.

use std::path::PathBuf;

use enginus_excel::{LogRow, LogSheet, write_log};

use crate::Engine;
use crate::ambient;
use crate::api::{Answer, Failure, FailureKind, Selector};
use crate::project::Project;

use super::files::cannot_write;

pub(super) async fn export(
    engine: &Engine,
    project: &Selector,
    folder: String,
    output: PathBuf,
) -> Result<Answer, Failure> {
    let project = engine.find_project(project).await?;
    let sheet = engine
        .with_project(&project, move |project| {
            let domain = project.find_folder(&folder)?;
            project.require_whole(&domain)?;
            Ok(log_sheet(project, &domain))
        })
        .await?;
    let output = if output.is_dir() {
        output.join(enginus_model::portable_file_name(&format!("{}.xlsx", sheet.folder)))
    } else {
        output
    };
    crate::engine::blocking(move || {
        let rows = sheet.rows.len() as u64;
        if let Some(folder) = output.parent() {
            std::fs::create_dir_all(folder).map_err(|error| cannot_write(folder, &error))?;
        }
        write_log(&sheet, &output).map_err(|error| {
            let hint = error.hint();
            Failure::new(FailureKind::Storage, error.to_string()).hint(hint)
        })?;
        Ok(Answer::Exported { path: output, rows })
    })
    .await
}

/// One row per document revision, in the register's order: shared facts only, so that two devices in sync export the same.
pub(crate) fn log_sheet(project: &Project, domain: &enginus_model::DomainId) -> LogSheet {
    let settings = project.settings();
    let rows = project.folder(domain).into_iter().flat_map(|view| view.listing());
    LogSheet {
        project: settings.name.clone(),
        folder: settings.folder_name(domain),
        language: settings.language,
        heads: project.domain_digest(domain),
        exported_at: ambient::now(),
        rows: rows.flat_map(|row| LogRow::from_document(row, |author| project.author_name(author))).collect(),
    }
}

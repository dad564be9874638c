//! Lists and single documents.

use crate::Engine;
use crate::api::{Answer, Failure, Selector};

pub(super) async fn list(
    engine: &Engine,
    project: &Selector,
    folder: Option<String>,
    removed: bool,
) -> Result<Answer, Failure> {
    let project = engine.find_project(project).await?;
    engine
        .with_project(&project, move |project| {
            let wanted = folder.map(|folder| project.find_folder(&folder)).transpose()?;
            let mut listings = Vec::new();
            for (domain, view) in project.readable_folders() {
                if wanted.is_some_and(|wanted| wanted != domain) {
                    continue;
                }
                let rows = view.listing().filter(|row| removed || row.removed.is_none());
                listings.extend(rows.map(|row| project.listing(row)));
            }
            Ok(Answer::Documents(listings))
        })
        .await
}

pub(super) async fn show(engine: &Engine, project: &Selector, number: String) -> Result<Answer, Failure> {
    let project = engine.find_project(project).await?;
    let vault = engine.inner().vault.clone();
    engine
        .with_project(&project, move |project| {
            let row = project.find_document(&number)?;
            let here = |file: &enginus_model::FileRef| {
                project.is_here(&file.manifest.object) || vault.has(&file.manifest.object)
            };
            Ok(Answer::Document(Box::new(project.document_info(&row, here))))
        })
        .await
}

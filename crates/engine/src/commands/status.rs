//! How the device stands, and making its caches again.

use crate::Engine;
use crate::api::{Answer, Failure, ProjectStatus, Selector, StatusInfo};
use crate::engine::{blocking, lock};

pub(super) async fn status(engine: &Engine, project: &Selector) -> Result<Answer, Failure> {
    let identity = engine.with_home(|home| Ok(home.info())).await?;
    let projects = match (project, &identity) {
        (_, None) => Vec::new(),
        (Some(_), _) => vec![engine.find_project(project).await?],
        (None, _) => engine.projects(),
    };
    let network = engine.network_if_up().await;
    let mut statuses = blocking(move || {
        projects
            .iter()
            .map(|project| {
                let project = lock(project);
                let (files_here, files_missing) = project.kept_file_counts();
                Ok(ProjectStatus {
                    summary: project.summary(),
                    heads: project.digest(),
                    envelopes: project.envelopes(),
                    arriving: project.arriving_entries(),
                    waiting: project.waiting_envelopes(),
                    quarantined: project.quarantined_envelopes(),
                    for_review: project.access_view().waiting_for_review,
                    attention: project.readable_folders().iter().map(|(_, view)| view.counts().attention as u64).sum(),
                    files_here,
                    files_missing,
                    notices: project.notices().iter().map(|notice| notice.text.clone()).collect(),
                })
            })
            .collect::<Result<Vec<_>, Failure>>()
    })
    .await?;
    statuses.sort_by(|a, b| (&a.summary.name, a.summary.id).cmp(&(&b.summary.name, b.summary.id)));
    Ok(Answer::Status(StatusInfo {
        identity,
        home: engine.inner().options.home.clone(),
        running: network.is_some(),
        addresses: network.map_or_else(Vec::new, |network| network.addresses()),
        projects: statuses,
    }))
}

pub(super) async fn rebuild(engine: &Engine, project: &Selector) -> Result<Answer, Failure> {
    let project = engine.find_project(project).await?;
    engine
        .with_project(&project, |project| {
            let (documents, identical) = project.rebuild()?;
            Ok(Answer::Rebuilt { documents, identical })
        })
        .await
}

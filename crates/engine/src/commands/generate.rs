//! Generated documents, for trying out large projects.

use crate::Engine;
use crate::api::{Answer, Failure, Selector};
use crate::project::NewFile;
use crate::running::Reporter;

/// Documents per change: the way a bulk import writes.
const CHUNK: u32 = 1000;
const DISCIPLINES: [&str; 6] = ["A", "C", "E", "M", "S", "Z"];
const FORMS: [&str; 5] = ["DR", "SP", "RP", "SH", "CA"];
const SUBJECTS: [&str; 8] = [
    "Single line diagram",
    "Module layout",
    "Cable route",
    "Earthing plan",
    "Transformer foundation",
    "Inverter station",
    "Pile survey",
    "Short-circuit calculation",
];

pub(super) async fn generate(
    engine: &Engine,
    project: &Selector,
    folder: String,
    count: u32,
    reporter: &Reporter,
) -> Result<Answer, Failure> {
    let project = engine.find_project(project).await?;
    let domain = engine.with_project(&project, move |project| project.find_folder(&folder)).await?;
    let mut done = 0u32;
    while done < count {
        reporter.check()?;
        reporter.progress("documents", u64::from(done), u64::from(count));
        let chunk = CHUNK.min(count - done);
        let from = done;
        engine
            .with_project(&project, move |project| {
                project.add_documents(domain, (from..from + chunk).map(document).collect())
            })
            .await?;
        done += chunk;
    }
    Ok(Answer::Added { added: u64::from(done), refused: 0 })
}

fn document(index: u32) -> NewFile {
    let pick = |list: &[&str], step: u32| list[(index / step) as usize % list.len()].to_owned();
    let (discipline, form) = (pick(&DISCIPLINES, 1), pick(&FORMS, 7));
    NewFile {
        number: format!("GES-ORG-{:02}-ZZ-{form}-{discipline}-{:06}", index % 40, index + 1),
        title: format!("{}, block {}", pick(&SUBJECTS, 3), index / 250 + 1),
        path: String::new(),
        fields: [("discipline".to_owned(), discipline), ("form".to_owned(), form)].into(),
        revision: Some(enginus_crdt::NewRevision {
            id: crate::project::new_revision_id(),
            code: format!("P{:02}", index % 4 + 1),
            status: format!("S{}", index % 6),
            reason: "generated".to_owned(),
            files: Vec::new(),
        }),
        objects: Vec::new(),
    }
}

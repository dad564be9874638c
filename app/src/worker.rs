//! Filters and sorts beside the window. The window shows the last table until the next one is there.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use enginus_engine::api::ProjectSnapshot;
use enginus_model::{DomainId, ProjectId};
use enginus_query::{TableQuery, TableView, Tables};

/// What a table depends on: equal keys, equal tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TableKey {
    /// The project.
    pub project: ProjectId,
    /// Its generation.
    pub generation: u64,
    /// What is asked.
    pub query: TableQuery,
}

/// The subfolders of a project and how many documents lie in each and below it.
pub(crate) type Tree = BTreeMap<(DomainId, String), usize>;

/// A table, made.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    /// Of what.
    pub key: TableKey,
    /// The rows.
    pub view: TableView,
    /// The subfolders.
    pub tree: Arc<Tree>,
}

struct Asked {
    key: TableKey,
    snapshot: Arc<ProjectSnapshot>,
}

/// The thread, seen from the window. It ends when this is dropped.
pub(crate) struct TableWorker {
    asked: Sender<Asked>,
    made: Receiver<Made>,
    last_asked: Option<TableKey>,
    shown: Option<Made>,
}

impl TableWorker {
    /// Starts the thread; `wake` is called when a table is ready.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn start(wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let (asked, questions) = channel::<Asked>();
        let (answers, made) = channel();
        std::thread::Builder::new().name("table".to_owned()).spawn(move || serve(&questions, &answers, wake))?;
        Ok(Self { asked, made, last_asked: None, shown: None })
    }

    /// Asks for a table unless it was the last one asked for.
    pub(crate) fn ask(&mut self, key: TableKey, snapshot: &Arc<ProjectSnapshot>) {
        if self.last_asked.as_ref() != Some(&key) {
            self.last_asked = Some(key.clone());
            let _ = self.asked.send(Asked { key, snapshot: Arc::clone(snapshot) });
        }
    }

    /// Takes in what was made. Answers whether there is something new.
    pub(crate) fn poll(&mut self) -> bool {
        let newest = self.made.try_iter().last();
        let new = newest.is_some();
        self.shown = newest.or_else(|| self.shown.take());
        new
    }

    /// The last table, if it is of `project`.
    #[must_use]
    pub(crate) fn shown(&self, project: &ProjectId) -> Option<&Made> {
        self.shown.as_ref().filter(|made| made.key.project == *project)
    }

    /// Whether something asked for is not here yet.
    #[must_use]
    pub(crate) fn is_waiting(&self) -> bool {
        self.last_asked.as_ref() != self.shown.as_ref().map(|made| &made.key)
    }
}

fn serve(questions: &Receiver<Asked>, answers: &Sender<Made>, wake: impl Fn()) {
    // What the tables keep is only good for one project.
    let mut tables: (Option<ProjectId>, Tables) = (None, Tables::default());
    let mut tree: Option<(ProjectId, u64, Arc<Tree>)> = None;
    while let Ok(first) = questions.recv() {
        // Only the newest question matters: the others were overtaken by typing.
        let Asked { key, snapshot } = questions.try_iter().last().unwrap_or(first);
        if tables.0 != Some(key.project) {
            tables = (Some(key.project), Tables::default());
        }
        let folders: Vec<_> = snapshot.folders.iter().map(|folder| &folder.view).collect();
        let view = tables.1.view(key.generation, &folders, &snapshot.people, &key.query);
        let kept =
            tree.take().filter(|(project, generation, _)| (*project, *generation) == (key.project, key.generation));
        let (_, _, tree_now) =
            tree.insert(kept.unwrap_or_else(|| (key.project, key.generation, Arc::new(subfolders(&snapshot)))));
        if answers.send(Made { key, view, tree: Arc::clone(tree_now) }).is_err() {
            return;
        }
        wake();
    }
}

fn subfolders(snapshot: &ProjectSnapshot) -> Tree {
    let mut tree = Tree::new();
    for folder in &snapshot.folders {
        for row in folder.view.rows().filter(|row| row.removed.is_none() && !row.path.is_empty()) {
            let ends = row.path.match_indices('/').map(|(at, _)| at).chain([row.path.len()]);
            for end in ends {
                *tree.entry((folder.domain, row.path[..end].to_owned())).or_default() += 1;
            }
        }
    }
    tree
}

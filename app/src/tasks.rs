//! Commands on their way: what they were for, how far they are, how they ended.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use enginus_engine::api::{AddedDocument, Answer, Failure, Secret, Update};
use enginus_model::{DocumentId, Instant, ProjectId};

use crate::backend::Work;

/// Updates taken of one command per frame, so that a chatty one cannot hold the window up.
const UPDATES_PER_FRAME_MAX: usize = 256;
/// Ended commands that are remembered for the dialog that asked.
const ENDED_MAX: usize = 64;

/// Names a running command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TaskId(pub u64);

/// What a command is for: it decides what happens when it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// First start.
    Identity,
    /// A new project.
    CreateProject,
    /// Adds a relay to the project, or takes one away.
    Relay,
    /// A ticket.
    Join,
    /// A ticket thrown away.
    Forget,
    /// Files into the register.
    Add,
    /// A document without a file.
    Plan,
    /// A revision.
    Revise,
    /// Fields.
    Edit,
    /// One of several values.
    Settle,
    /// A removal, which can be taken back.
    Remove(ProjectId, DocumentId),
    /// Taking it back.
    Restore,
    /// A file to look at.
    Open,
    /// A file to keep.
    SaveAs,
    /// An invitation.
    Invite,
    /// A workbook.
    ExportLog,
    /// A bundle written.
    ExportBundle,
    /// A bundle read.
    ImportBundle,
    /// An exchange.
    Sync,
    /// What a view or a dialog looks up; it shows a refusal itself.
    Look,
    /// A member's removal.
    Revoke,
    /// A member's other role.
    ChangeRole,
    /// An invitation's end.
    CancelInvitation,
    /// Held entries that count after all.
    Accept,
    /// Keys wiped from memory.
    Lock,
    /// Keys opened.
    Unlock,
    /// A passphrase set, changed or removed.
    Passphrase,
    /// The system's key ring in its place.
    Keyring,
    /// After how long the keys lock by themselves.
    AutoLock,
    /// The 24 words, typed again.
    ConfirmWords,
    /// A further device of this person.
    AddDevice,
    /// The end of one.
    RemoveDevice,
    /// Projects of this person.
    RecoverProjects,
}

/// How far a command is.
pub(crate) struct Task {
    /// What for.
    pub purpose: Purpose,
    /// What is being done.
    pub what: String,
    /// Units done.
    pub done: u64,
    /// Units in all; 0 where unknown.
    pub total: u64,
    /// Documents that are safe.
    pub added: Vec<AddedDocument>,
    /// Files that were refused, and why.
    pub refused: HashMap<PathBuf, Failure>,
    /// What a new device is given, and until when it holds.
    pub code: Option<(Secret, Instant)>,
    /// The end.
    pub result: Option<Result<Answer, Failure>>,
    work: Option<Box<dyn Work>>,
}

impl Task {
    fn new(purpose: Purpose, work: Box<dyn Work>) -> Self {
        Self {
            purpose,
            what: String::new(),
            done: 0,
            total: 0,
            added: Vec::new(),
            refused: HashMap::new(),
            code: None,
            result: None,
            work: Some(work),
        }
    }

    /// Whether it goes on.
    #[must_use]
    pub(crate) const fn is_running(&self) -> bool {
        self.result.is_none()
    }

    /// 0 to 1, where that is known.
    #[must_use]
    pub(crate) fn fraction(&self) -> Option<f32> {
        (self.total > 0).then(|| (self.done as f64 / self.total as f64).clamp(0.0, 1.0) as f32)
    }

    /// Asks it to stop.
    pub(crate) fn cancel(&self) {
        if let Some(work) = &self.work {
            work.cancel();
        }
    }

    fn take(&mut self, update: Update) {
        match update {
            Update::Progress { what, done, total } => (self.what, self.done, self.total) = (what, done, total),
            Update::Added(document) => self.added.push(document),
            Update::Refused { file, failure } => {
                self.refused.insert(file, failure);
            }
            Update::DeviceCode { code, expires } => self.code = Some((code, expires)),
            Update::Done(result) => {
                self.result = Some(result);
                (self.work, self.code) = (None, None);
            }
        }
    }
}

/// All of them.
#[derive(Default)]
pub(crate) struct Tasks {
    tasks: BTreeMap<TaskId, Task>,
}

impl Tasks {
    /// Takes a started command in.
    pub(crate) fn start(&mut self, id: TaskId, purpose: Purpose, work: Box<dyn Work>) {
        self.tasks.insert(id, Task::new(purpose, work));
    }

    /// One of them.
    #[must_use]
    pub(crate) fn get(&self, id: TaskId) -> Option<&Task> {
        self.tasks.get(&id)
    }

    /// Those that go on.
    pub(crate) fn running(&self) -> impl Iterator<Item = (TaskId, &Task)> {
        self.tasks.iter().filter(|(_, task)| task.is_running()).map(|(id, task)| (*id, task))
    }

    /// Wipes one that ended.
    pub(crate) fn forget(&mut self, id: TaskId) {
        if self.get(id).is_some_and(|task| !task.is_running()) {
            self.tasks.remove(&id);
        }
    }

    /// Wipes all that ended.
    pub(crate) fn forget_ended(&mut self) {
        self.tasks.retain(|_, task| task.is_running());
    }

    /// Takes in what was said since; answers those that ended.
    pub(crate) fn poll(&mut self) -> Vec<TaskId> {
        let mut ended = Vec::new();
        for (id, task) in &mut self.tasks {
            for _ in 0..UPDATES_PER_FRAME_MAX {
                let Some(update) = task.work.as_mut().and_then(|work| work.try_next()) else { break };
                task.take(update);
                if task.result.is_some() {
                    ended.push(*id);
                }
            }
        }
        while self.tasks.len() > ENDED_MAX {
            let oldest =
                self.tasks.iter().find(|(id, task)| !task.is_running() && !ended.contains(id)).map(|(id, _)| *id);
            let Some(oldest) = oldest else { break };
            self.tasks.remove(&oldest);
        }
        ended
    }
}

//! What a view may look at, and how it says what a person wants. Views change nothing themselves.

use std::path::PathBuf;

use enginus_engine::api::{Command, HomeSnapshot, LockState, ProjectSnapshot, ProjectState};
use enginus_model::{DocumentId, DomainId, Instant, ProjectId};
use enginus_query::{Column, ViewRow};

use crate::action::Action;
use crate::desk::PickFor;
use crate::dialogs::Dialog;
use crate::settings::Settings;
use crate::tasks::{Purpose, TaskId, Tasks};
use crate::texts::Texts;
use crate::theme::{ThemeChoice, Tokens};
use crate::worker::Made;

/// One frame's view of the world.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    /// The home.
    pub home: &'a HomeSnapshot,
    /// The project that is shown.
    pub project: Option<&'a ProjectSnapshot>,
    /// Its last table.
    pub table: Option<&'a Made>,
    /// Whether another table is on its way.
    pub table_waits: bool,
    /// What is shown in the middle.
    pub place: &'a Place,
    /// The chosen document.
    pub selected: Option<DocumentId>,
    /// Commands on their way.
    pub tasks: &'a Tasks,
    /// What this session told.
    pub told: &'a [Told],
    /// Texts.
    pub texts: &'a Texts,
    /// Colours and sizes.
    pub tokens: &'a Tokens,
    /// What the person chose of the window.
    pub settings: &'a Settings,
    /// Whether a dialog is open, so that keys are its own.
    pub dialog_open: bool,
    /// The time by this device's clock.
    pub now: Instant,
}

impl<'a> Scene<'a> {
    /// The chosen document, as it is now.
    #[must_use]
    pub(crate) fn document(&self) -> Option<&'a ViewRow> {
        let id = self.selected?;
        self.project?.folders.iter().find_map(|folder| folder.view.get(&id)).map(|row| &**row)
    }

    /// The folder that is shown; `None` for all of them or another page.
    #[must_use]
    pub(crate) fn folder(&self) -> Option<DomainId> {
        match self.place {
            Place::Register { folder, .. } => *folder,
            _ => None,
        }
    }

    /// Whether the chosen document may be changed.
    #[must_use]
    pub(crate) fn may_write_document(&self) -> bool {
        let Some(document) = self.document() else { return false };
        self.active().is_some_and(|p| p.folders.iter().any(|f| f.domain == document.domain && f.may_write))
    }

    /// The project that is shown, where it can be worked in.
    #[must_use]
    pub(crate) fn active(&self) -> Option<&'a ProjectSnapshot> {
        self.project.filter(|project| project.state == ProjectState::Active)
    }

    /// The project that is shown, where there is something to read.
    fn readable(&self) -> Option<&'a ProjectSnapshot> {
        self.project.filter(|project| !matches!(project.state, ProjectState::Pending { .. }))
    }

    /// Whether the keys are locked, or are being locked.
    #[must_use]
    pub(crate) fn is_locked(&self) -> bool {
        matches!(self.home.session.lock, LockState::Locked { .. })
            || self.tasks.running().any(|(_, task)| task.purpose == Purpose::Lock)
    }

    /// Whether an action makes sense now.
    #[must_use]
    pub(crate) fn can(&self, action: Action) -> bool {
        match action {
            Action::AddDocuments | Action::PlanDocument => {
                self.active().is_some_and(|p| p.folders.iter().any(|f| f.may_write))
            }
            Action::OpenFile | Action::SaveAs => self.document().is_some_and(|d| d.primary_file().is_some()),
            Action::Revise | Action::EditDocument => {
                self.may_write_document() && self.document().is_some_and(|d| d.removed.is_none())
            }
            Action::RemoveDocument => self.may_write_document(),
            Action::Invite => self.active().is_some_and(|project| project.may_invite),
            Action::ExportLog => self.readable().is_some() && self.folder().is_some(),
            Action::ExportBundle => self.active().is_some(),
            Action::Search | Action::ToggleAttention | Action::ToggleRemoved => self.readable().is_some(),
            // Who was removed is given nothing new by anybody.
            Action::SyncNow => self.project.is_some_and(|p| !matches!(p.state, ProjectState::Removed(_))),
            Action::ShowReview => self.active().is_some_and(|project| project.access.waiting_for_review > 0),
            Action::ShowRegister | Action::ShowMembers | Action::ShowSync | Action::ShowNotices => {
                self.project.is_some()
            }
            Action::ImportBundle
            | Action::CreateProject
            | Action::JoinProject
            | Action::ShowKeys
            | Action::AddDevice
            | Action::ContactCard
            | Action::RecoverProjects
            | Action::LockNow => self.home.identity.is_some(),
            Action::SwitchLanguage | Action::SwitchTheme | Action::Palette | Action::Help => true,
        }
    }

    /// A role's name, or its id where the project does not know it.
    #[must_use]
    pub(crate) fn role_name<'s>(&'s self, id: &'s str) -> &'s str {
        let role = self.project.and_then(|project| project.roles.iter().find(|(known, _)| known == id));
        role.map_or(id, |(_, names)| self.texts.pick(names))
    }

    /// A folder named in the project's language or by its id, in the window's language.
    #[must_use]
    pub(crate) fn folder_name<'s>(&'s self, name: &'s str) -> &'s str {
        let is_meant = |folder: &&enginus_engine::api::FolderSnapshot| {
            folder.slug == name || folder.names.values().any(|known| known == name)
        };
        let folder = self.project.and_then(|project| project.folders.iter().find(is_meant));
        folder.map_or(name, |folder| self.texts.pick(&folder.names))
    }

    /// Folders as [`folder_name`](Self::folder_name), with commas between them.
    #[must_use]
    pub(crate) fn folder_names(&self, names: &[String]) -> String {
        names.iter().map(|name| self.folder_name(name)).collect::<Vec<_>>().join(", ")
    }

    /// A text.
    #[must_use]
    pub(crate) fn t(&self, id: &str) -> std::borrow::Cow<'a, str> {
        self.texts.t(id)
    }
}

/// What stands in the middle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Documents.
    Register {
        /// Of one folder, or of all.
        folder: Option<DomainId>,
        /// Of one subfolder; empty for all.
        path: String,
    },
    /// Members.
    Members,
    /// Devices and buckets.
    Sync,
    /// Notices.
    Notices,
    /// What waits for review.
    Review,
    /// This person's keys and devices.
    Keys,
}

impl Default for Place {
    fn default() -> Self {
        Self::Register { folder: None, path: String::new() }
    }
}

/// How something told is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// It went well.
    Good,
    /// Good to know.
    Plain,
    /// It did not go well.
    Bad,
}

/// Something the window told.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    /// How it is meant.
    pub tone: Tone,
    /// What.
    pub title: String,
    /// More.
    pub detail: String,
    /// When, in milliseconds since 1970 UTC.
    pub at: Instant,
}

/// What a person wants.
#[derive(Debug)]
pub(crate) enum Intent {
    /// One of the actions.
    Act(Action),
    /// Another page.
    Show(Place),
    /// Another project.
    ChooseProject(ProjectId),
    /// Another document, or none.
    Choose(Option<DocumentId>),
    /// A command for the engine.
    Run(TaskId, Box<Command>, Purpose),
    /// Stop one.
    Cancel(TaskId),
    /// Wipe what one answered.
    Forget(TaskId),
    /// A dialog.
    Open(Box<Dialog>),
    /// No dialog.
    Close,
    /// A dialog of the system.
    Pick(PickFor),
    /// Look through files and folders.
    LookThrough(Vec<PathBuf>),
    /// Write a revision's file to a place for looking at, and show it.
    View(String, Option<String>),
    /// A text into the clipboard, and what to call it.
    Copy(String),
    /// A QR code of a text.
    DrawQr(String),
    /// Another theme.
    Dress(ThemeChoice),
    /// Other columns.
    Columns(Vec<Column>),
    /// Try to open the home again.
    Retry,
}

/// Where views put what a person wants.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    next_task: u64,
    /// In order.
    pub intents: Vec<Intent>,
}

impl Outbox {
    /// Adds one.
    pub(crate) fn push(&mut self, intent: Intent) {
        self.intents.push(intent);
    }

    /// Adds a command, and says what it will be called.
    pub(crate) fn run(&mut self, command: Command, purpose: Purpose) -> TaskId {
        self.next_task += 1;
        let id = TaskId(self.next_task);
        self.push(Intent::Run(id, Box::new(command), purpose));
        id
    }

    /// Opens a dialog.
    pub(crate) fn open(&mut self, dialog: impl Into<Dialog>) {
        self.push(Intent::Open(Box::new(dialog.into())));
    }
}

//! The window's state, and what happens before a frame is drawn: queues are drained, snapshots taken, nothing is painted.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use egui::{Context, Id};
use enginus_engine::api::{Failure, HomeSnapshot, ProjectSnapshot};
use enginus_model::{DocumentId, Instant, Language, ProjectId};
use jiff::tz::TimeZone;

use crate::backend::Backend;
use crate::desk::Desk;
use crate::dialogs::Dialog;
use crate::scene::{Outbox, Place, Scene, Told, Tone};
use crate::settings::Settings;
use crate::tasks::Tasks;
use crate::texts::Texts;
use crate::theme::{self, ThemeChoice, Tokens};
use crate::views::{DocumentPanel, FirstStart, Keys, Lock, Members, Register, Review, Toasts};
use crate::worker::TableWorker;

/// How often commands on their way are looked at, in milliseconds.
const POLL_MS: u64 = 40;
/// Things told that are remembered.
const TOLD_MAX: usize = 100;

/// A home that was opened, and what was read beside it.
pub struct Opened {
    /// The home.
    pub backend: Box<dyn Backend>,
    /// What the person chose of the window.
    pub settings: Settings,
    /// Where this device is.
    pub zone: TimeZone,
}

/// Opens the home beside the window, and again when asked to.
pub type Opener = Box<dyn Fn(&Context) -> Receiver<Result<Opened, Failure>>>;

pub(crate) enum Stage {
    Opening(Receiver<Result<Opened, Failure>>),
    Failed(Failure),
    Open(Box<dyn Backend>),
}

/// What the views remember.
#[derive(Default)]
pub(crate) struct Views {
    pub(crate) register: Register,
    pub(crate) document: DocumentPanel,
    pub(crate) members: Members,
    pub(crate) review: Review,
    pub(crate) keys: Keys,
    pub(crate) lock: Lock,
    pub(crate) first_start: FirstStart,
    pub(crate) toasts: Toasts,
}

/// The window.
pub struct Desktop {
    pub(crate) stage: Stage,
    opener: Opener,
    pub(crate) home_folder: PathBuf,
    both: [Tokens; 2],
    pub(crate) tokens: Tokens,
    pub(crate) texts: Texts,
    asked_language: Option<Language>,
    zone: TimeZone,
    pub(crate) settings: Settings,
    pub(crate) home: Arc<HomeSnapshot>,
    pub(crate) project: Option<Arc<ProjectSnapshot>>,
    pub(crate) wanted: Option<ProjectId>,
    pub(crate) seen: Option<u64>,
    pub(crate) place: Place,
    pub(crate) selected: Option<DocumentId>,
    /// What was shown when the keys were locked.
    pub(crate) away: Option<(ProjectId, Place, Option<DocumentId>)>,
    /// When the engine was last told that a person is here, in seconds of the window's clock.
    pub(crate) here: f64,
    pub(crate) views: Views,
    pub(crate) dialog: Option<Dialog>,
    /// What had the keyboard before the dialog was opened.
    came_from: Option<Id>,
    pub(crate) tasks: Tasks,
    pub(crate) told: Vec<Told>,
    pub(crate) worker: TableWorker,
    pub(crate) desk: Desk,
    pub(crate) out: Outbox,
}

impl Desktop {
    /// A window on the home in `home_folder` that `opener` opens. `language` is what was asked for on the command line.
    ///
    /// # Errors
    /// When the system gives no thread, or the program's own tokens are damaged.
    pub fn new(
        ctx: &Context,
        home_folder: PathBuf,
        language: Option<Language>,
        opener: Opener,
    ) -> std::io::Result<Self> {
        let both = Tokens::load().map_err(std::io::Error::other)?;
        theme::apply(ctx, &both);
        let woken = ctx.clone();
        let worker = TableWorker::start(move || woken.request_repaint())?;
        let woken = ctx.clone();
        let desk = Desk::new(move || woken.request_repaint());
        let first = language.unwrap_or_else(system_language);
        Ok(Self {
            stage: Stage::Opening(opener(ctx)),
            opener,
            home_folder,
            tokens: both[0].clone(),
            both,
            texts: Texts::new(first, TimeZone::UTC),
            asked_language: language,
            zone: TimeZone::UTC,
            settings: Settings::default(),
            home: Arc::default(),
            project: None,
            wanted: None,
            seen: None,
            place: Place::default(),
            selected: None,
            away: None,
            here: f64::NEG_INFINITY,
            views: Views::default(),
            dialog: None,
            came_from: None,
            tasks: Tasks::default(),
            told: Vec::new(),
            worker,
            desk,
            out: Outbox::default(),
        })
    }

    /// Drains what happened since the last frame.
    pub fn logic(&mut self, ctx: &Context) {
        self.open(ctx);
        self.dress(ctx);
        self.say_who_is_here(ctx);
        self.refresh();
        while let Some(done) = self.desk.poll() {
            self.desk_done(ctx, done);
        }
        for id in self.tasks.poll() {
            self.task_ended(ctx, id);
        }
        // An answer may have changed what is shown.
        self.refresh();
        if self.tasks.running().next().is_some() {
            ctx.request_repaint_after(Duration::from_millis(POLL_MS));
        }
        if let Some(project) = &self.project {
            self.worker.ask(self.views.register.key(project, &self.place, &self.texts), project);
        }
        self.worker.poll();
    }

    /// Whether everything asked for is on the screen: no table and no home is on its way.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        !matches!(self.stage, Stage::Opening(_)) && (self.project.is_none() || !self.worker.is_waiting())
    }

    /// The chosen document.
    #[must_use]
    pub fn selected(&self) -> Option<DocumentId> {
        self.selected
    }

    pub(crate) fn retry(&mut self, ctx: &Context) {
        self.stage = Stage::Opening((self.opener)(ctx));
    }

    fn open(&mut self, ctx: &Context) {
        let Stage::Opening(receiver) = &self.stage else { return };
        match receiver.try_recv() {
            Err(std::sync::mpsc::TryRecvError::Empty) => {}
            Err(std::sync::mpsc::TryRecvError::Disconnected) => {
                let failure = Failure::new(enginus_engine::api::FailureKind::Internal, "the home was not opened");
                self.stage = Stage::Failed(failure);
            }
            Ok(Err(failure)) => self.stage = Stage::Failed(failure),
            Ok(Ok(opened)) => {
                self.stage = Stage::Open(opened.backend);
                self.settings = opened.settings;
                self.zone = opened.zone;
                let language = self.asked_language.or(self.settings.language).unwrap_or_else(system_language);
                self.texts = Texts::new(language, self.zone.clone());
                self.wear(ctx);
                ctx.request_repaint();
            }
        }
    }

    /// Tells egui which theme was chosen.
    pub(crate) fn wear(&self, ctx: &Context) {
        ctx.set_theme(match self.settings.theme {
            ThemeChoice::System => egui::ThemePreference::System,
            ThemeChoice::Light => egui::ThemePreference::Light,
            ThemeChoice::Dark => egui::ThemePreference::Dark,
        });
    }

    fn dress(&mut self, ctx: &Context) {
        let dark = ctx.theme() == egui::Theme::Dark;
        self.tokens = self.both[usize::from(dark)].clone();
    }

    pub(crate) fn speak(&mut self, language: Language) {
        self.texts = Texts::new(language, self.zone.clone());
        self.settings.language = Some(language);
        self.keep_settings();
    }

    pub(crate) fn keep_settings(&self) {
        self.desk.save(self.settings.clone(), self.home_folder.clone());
    }

    /// Opens a dialog: the keyboard is its own.
    pub(crate) fn open_dialog(&mut self, ctx: &Context, dialog: Dialog) {
        let focused = ctx.memory(|memory| memory.focused());
        if self.dialog.is_none() {
            self.came_from = focused;
        }
        if let Some(id) = focused {
            ctx.memory_mut(|memory| memory.surrender_focus(id));
        }
        self.dialog = Some(dialog);
    }

    /// Closes it: the keyboard goes back to where it was.
    pub(crate) fn close_dialog(&mut self, ctx: &Context) {
        self.dialog = None;
        if let Some(id) = self.came_from.take() {
            ctx.memory_mut(|memory| memory.request_focus(id));
        }
    }

    /// Says something, and remembers it.
    pub(crate) fn tell(&mut self, ctx: &Context, tone: Tone, title: String, detail: String) {
        self.remember(tone, &title, &detail);
        self.views.toasts.tell(ctx.input(|input| input.time), tone, title, detail);
        ctx.request_repaint();
    }

    pub(crate) fn remember(&mut self, tone: Tone, title: &str, detail: &str) {
        let at = self.now();
        self.told.push(Told { tone, title: title.to_owned(), detail: detail.to_owned(), at });
        let over = self.told.len().saturating_sub(TOLD_MAX);
        self.told.drain(..over);
    }

    /// The time by this device's clock.
    fn now(&self) -> Instant {
        match &self.stage {
            Stage::Open(backend) => backend.now(),
            _ => Instant(0),
        }
    }

    /// This frame's scene. Taken apart from the rest so that views may be borrowed beside it.
    pub(crate) fn scene(&self) -> Scene<'_> {
        Scene {
            home: &self.home,
            project: self.project.as_deref(),
            table: self.project.as_ref().and_then(|project| self.worker.shown(&project.id)),
            table_waits: self.worker.is_waiting(),
            place: &self.place,
            selected: self.selected,
            tasks: &self.tasks,
            told: &self.told,
            texts: &self.texts,
            tokens: &self.tokens,
            settings: &self.settings,
            dialog_open: self.dialog.is_some(),
            now: self.now(),
        }
    }
}

/// The language the system speaks, as far as this program speaks it.
fn system_language() -> Language {
    sys_locale::get_locale().and_then(|locale| Language::parse(&locale)).unwrap_or_default()
}

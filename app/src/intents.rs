//! What a person asked for, done.

use std::path::PathBuf;

use egui::Context;
use enginus_engine::api::{Command, Failure, LockState, SessionCommand};
use enginus_model::Language;

use crate::action::Action;
use crate::desk::{Done, PickFor, Target};
use crate::desktop::{Desktop, Stage};
use crate::dialogs::{
    AddDeviceDialog, AddDialog, ContactDialog, CreateDialog, Dialog, EditDialog, HelpDialog, InviteDialog, JoinDialog,
    PaletteDialog, PassphraseDialog, PlanDialog, ReasonDialog, RecoverDialog, ReviseDialog,
};
use crate::parts::failure_title;
use crate::scene::{Intent, Place, Tone};
use crate::tasks::Purpose;
use crate::theme::{Theme, ThemeChoice};
use crate::views::Register;

/// How long other devices are asked for a file that is looked at or saved, in milliseconds.
const FETCH_WAIT_MS: u64 = 60_000;
/// How long a person waits for an exchange, in milliseconds.
const SYNC_WAIT_MS: u64 = 15_000;
/// The folder of the home that holds copies made for looking at; it is emptied whenever the home is opened.
pub(crate) const VIEWING_FOLDER: &str = "viewing";

impl Desktop {
    pub(crate) fn carry_out(&mut self, ctx: &Context, intent: Intent) {
        match intent {
            Intent::Act(action) => self.act(ctx, action),
            Intent::Show(place) => self.place = place,
            Intent::ChooseProject(id) => {
                self.wanted = Some(id);
                self.settings.project = Some(id.to_string());
                self.keep_settings();
            }
            Intent::Choose(document) => self.selected = document,
            Intent::Run(id, command, purpose) => {
                if let Stage::Open(backend) = &self.stage {
                    self.tasks.start(id, purpose, backend.run(*command));
                }
            }
            Intent::Cancel(id) => {
                if let Some(task) = self.tasks.get(id) {
                    task.cancel();
                }
            }
            Intent::Forget(id) => self.tasks.forget(id),
            Intent::Open(dialog) => self.open_dialog(ctx, *dialog),
            Intent::Close => self.close_dialog(ctx),
            Intent::Pick(purpose) => self.pick(purpose),
            Intent::LookThrough(paths) => self.look_through(ctx, paths),
            Intent::View(document, revision) => {
                let name = revision.as_deref().unwrap_or("current");
                let folder = self.home_folder.join(VIEWING_FOLDER).join(&document).join(name);
                self.desk.make_ready(folder, document, revision);
            }
            Intent::Copy(text) => {
                ctx.copy_text(text);
                let title = self.texts.t("copied").into_owned();
                self.views.toasts.tell(ctx.input(|input| input.time), Tone::Good, title, String::new());
            }
            Intent::DrawQr(text) => self.desk.draw_qr(text),
            Intent::Dress(theme) => {
                self.settings.theme = theme;
                self.wear(ctx);
                self.keep_settings();
            }
            Intent::Columns(columns) => {
                self.settings.columns = columns;
                self.keep_settings();
            }
            Intent::Retry => self.retry(ctx),
        }
    }

    fn act(&mut self, ctx: &Context, action: Action) {
        let scene = self.scene();
        if !scene.can(action) {
            return;
        }
        let folder = scene.folder();
        let document = scene.document();
        let dialog: Option<Dialog> = match action {
            Action::AddDocuments => Some(AddDialog::new(folder).into()),
            Action::PlanDocument => Some(PlanDialog::new(folder).into()),
            Action::Revise => document.map(|document| ReviseDialog::new(document).into()),
            Action::EditDocument => document.map(|document| EditDialog::new(document).into()),
            Action::RemoveDocument => document.map(|document| match document.removed {
                None => ReasonDialog::remove(document).into(),
                Some(_) => ReasonDialog::restore(document).into(),
            }),
            Action::Invite => scene.project.map(|project| InviteDialog::new(project).into()),
            Action::CreateProject => Some(CreateDialog::new(self.texts.language).into()),
            Action::JoinProject => Some(JoinDialog::default().into()),
            Action::AddDevice => Some(AddDeviceDialog::default().into()),
            Action::ContactCard => Some(ContactDialog::default().into()),
            Action::RecoverProjects => Some(RecoverDialog::default().into()),
            // Nothing locks without a passphrase: that comes first.
            Action::LockNow if matches!(self.home.session.lock, LockState::Unprotected | LockState::InKeyring) => {
                Some(PassphraseDialog::set(true).into())
            }
            Action::Palette => Some(PaletteDialog::default().into()),
            Action::Help => Some(HelpDialog.into()),
            _ => None,
        };
        if let Some(dialog) = dialog {
            self.open_dialog(ctx, dialog);
            return;
        }
        match action {
            Action::Search => {
                if !matches!(self.place, Place::Register { .. }) {
                    self.place = Place::default();
                }
                ctx.memory_mut(|memory| memory.request_focus(Register::search_id()));
            }
            Action::ToggleAttention => self.views.register.only_attention ^= true,
            Action::ToggleRemoved => self.views.register.show_removed ^= true,
            Action::ShowRegister => self.place = Place::default(),
            Action::ShowMembers => self.place = Place::Members,
            Action::ShowSync => self.place = Place::Sync,
            Action::ShowNotices => self.place = Place::Notices,
            Action::ShowReview => self.place = Place::Review,
            Action::ShowKeys => self.place = Place::Keys,
            Action::LockNow => self.run(Command::Session(SessionCommand::Lock), Purpose::Lock),
            Action::SwitchLanguage => self.speak(match self.texts.language {
                Language::En => Language::Tr,
                Language::Tr => Language::En,
            }),
            Action::SwitchTheme => {
                let other = match self.tokens.theme {
                    Theme::Light => ThemeChoice::Dark,
                    Theme::Dark => ThemeChoice::Light,
                };
                self.carry_out(ctx, Intent::Dress(other));
            }
            _ => self.act_on_project(ctx, action),
        }
    }

    /// Actions that begin with a place on the disk, or go to the engine at once.
    fn act_on_project(&mut self, ctx: &Context, action: Action) {
        let scene = self.scene();
        let document = scene.document();
        let intent = match (action, scene.project) {
            (Action::OpenFile, _) => document.map(|document| Intent::View(document.id.to_string(), None)),
            (Action::SaveAs, _) => document.and_then(|document| {
                let name = document.primary_file()?.name.clone();
                Some(Intent::Pick(PickFor::Place(name, Target::Document(document.id.to_string(), None))))
            }),
            (Action::ExportLog, Some(project)) => {
                let folder = project.folders.iter().find(|folder| Some(folder.domain) == scene.folder());
                folder.map(|folder| {
                    let name = format!("{} - {}.xlsx", project.name, self.texts.pick(&folder.names));
                    Intent::Pick(PickFor::Place(
                        enginus_model::portable_file_name(&name),
                        Target::Log(folder.slug.clone()),
                    ))
                })
            }
            (Action::ExportBundle, Some(project)) => {
                let name = enginus_model::portable_file_name(&format!("{}.enginus", project.name));
                Some(Intent::Pick(PickFor::Place(name, Target::Bundle)))
            }
            (Action::ImportBundle, _) => Some(Intent::Pick(PickFor::Bundle)),
            (Action::SyncNow, Some(project)) => {
                let command = Command::SyncOnce { project: Some(project.id.to_string()), wait_ms: SYNC_WAIT_MS };
                self.run(command, Purpose::Sync);
                None
            }
            _ => None,
        };
        if let Some(intent) = intent {
            self.carry_out(ctx, intent);
        }
    }

    pub(crate) fn run(&mut self, command: Command, purpose: Purpose) {
        if let Stage::Open(backend) = &self.stage {
            let work = backend.run(command.clone());
            let id = self.out.run(command, purpose.clone());
            // The outbox gave the name; the command is on its way already.
            self.out.intents.pop();
            self.tasks.start(id, purpose, work);
        }
    }

    fn pick(&mut self, purpose: PickFor) {
        let title = match &purpose {
            PickFor::Add | PickFor::Revise => self.texts.t("pick-files"),
            PickFor::AddFolder => self.texts.t("pick-folder"),
            PickFor::Bucket => self.texts.t("pick-bucket"),
            PickFor::Bundle => self.texts.t("pick-bundle"),
            PickFor::Place(..) => self.texts.t("pick-place"),
        };
        let title = title.into_owned();
        self.desk.pick(purpose, title);
    }

    fn look_through(&mut self, ctx: &Context, paths: Vec<PathBuf>) {
        match &self.dialog {
            Some(Dialog::Revise(_)) => self.desk.look_through(PickFor::Revise, paths),
            Some(Dialog::Add(_)) | None if self.scene().can(Action::AddDocuments) => {
                if self.dialog.is_none() {
                    self.act(ctx, Action::AddDocuments);
                }
                self.desk.look_through(PickFor::Add, paths);
            }
            _ => {}
        }
    }

    pub(crate) fn desk_done(&mut self, ctx: &Context, done: Done) {
        match done {
            Done::Found(PickFor::Revise, files, _) => {
                if let Some(Dialog::Revise(dialog)) = &mut self.dialog {
                    dialog.take(files);
                }
            }
            Done::Found(_, files, more) => {
                if self.dialog.is_none() {
                    self.act(ctx, Action::AddDocuments);
                }
                if let Some(Dialog::Add(dialog)) = &mut self.dialog {
                    dialog.take(files, more);
                }
            }
            Done::Picked(PickFor::Bucket, folder) => {
                if let Some(Dialog::Create(dialog)) = &mut self.dialog {
                    dialog.take_bucket(&folder);
                }
            }
            Done::Picked(PickFor::Bundle, input) => self.run(Command::BundleImport { input }, Purpose::ImportBundle),
            Done::Picked(PickFor::Place(_, target), output) => self.write(target, output),
            Done::Picked(..) => {}
            Done::Qr(ticket, picture) => {
                if let Some(dialog) = &mut self.dialog {
                    dialog.take_picture(ctx, &ticket, picture);
                }
            }
            Done::Ready(output, number, revision) => {
                let project = self.project.as_ref().map(|project| project.id.to_string());
                let command = Command::DocGet { project, number, revision, output, wait_ms: FETCH_WAIT_MS };
                self.run(command, Purpose::Open);
            }
            Done::Failed(words) => {
                let title = self.texts.t("system-refused").into_owned();
                let words = self.texts.phrase(&words).into_owned();
                self.tell(ctx, Tone::Bad, title, words);
            }
        }
        ctx.request_repaint();
    }

    fn write(&mut self, target: Target, output: PathBuf) {
        let project = self.project.as_ref().map(|project| project.id.to_string());
        let (command, purpose) = match target {
            Target::Document(number, revision) => {
                (Command::DocGet { project, number, revision, output, wait_ms: FETCH_WAIT_MS }, Purpose::SaveAs)
            }
            Target::Log(folder) => (Command::LogExport { project, folder, output }, Purpose::ExportLog),
            Target::Bundle => (Command::BundleExport { project, output, files: true }, Purpose::ExportBundle),
        };
        self.run(command, purpose);
    }

    pub(crate) fn complain(&mut self, ctx: &Context, failure: &Failure) {
        let failure = self.texts.failure(failure);
        let title = failure_title(&self.texts, failure.kind);
        let hint = failure.hint.as_deref().map(|hint| format!(". {hint}")).unwrap_or_default();
        let tone = if failure.kind == enginus_engine::api::FailureKind::Cancelled { Tone::Plain } else { Tone::Bad };
        self.tell(ctx, tone, title, format!("{}{hint}", failure.message));
    }
}

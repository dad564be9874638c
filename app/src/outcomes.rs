//! What happens when a command ended.

use egui::Context;
use enginus_engine::api::{AccessAnswer, Answer, Command, JoinState, SessionAnswer, SyncReport};

use crate::desktop::Desktop;
use crate::dialogs::{Dialog, WordsDialog};
use crate::scene::Tone;
use crate::tasks::{Purpose, TaskId};
use crate::views::{FirstStart, Lock};

impl Desktop {
    pub(crate) fn task_ended(&mut self, ctx: &Context, id: TaskId) {
        let Some(task) = self.tasks.get(id) else { return };
        let (purpose, added, refused) = (task.purpose.clone(), task.added.len(), task.refused.len());
        let Some(result) = task.result.clone() else { return };
        ctx.request_repaint();
        match result {
            Ok(answer) => self.went_well(ctx, &purpose, answer, added, refused),
            // The dialog that asked shows the refusal where it was asked.
            Err(_) if self.is_shown_in_place(&purpose) => {}
            Err(failure) => self.complain(ctx, &failure),
        }
    }

    fn is_shown_in_place(&self, purpose: &Purpose) -> bool {
        match purpose {
            Purpose::Identity | Purpose::Look | Purpose::Unlock => true,
            Purpose::Revoke => matches!(self.dialog, Some(Dialog::Revoke(_))),
            Purpose::ChangeRole => matches!(self.dialog, Some(Dialog::Role(_))),
            Purpose::CancelInvitation => matches!(self.dialog, Some(Dialog::CancelInvitation(_))),
            Purpose::Accept => matches!(self.dialog, Some(Dialog::Accept(_))),
            Purpose::Passphrase => matches!(self.dialog, Some(Dialog::Passphrase(_))),
            Purpose::ConfirmWords => matches!(self.dialog, Some(Dialog::Words(_))),
            Purpose::AddDevice => matches!(self.dialog, Some(Dialog::AddDevice(_))),
            Purpose::RemoveDevice => matches!(self.dialog, Some(Dialog::RemoveDevice(_))),
            Purpose::RecoverProjects => matches!(self.dialog, Some(Dialog::Recover(_))),
            Purpose::Add => matches!(self.dialog, Some(Dialog::Add(_))),
            Purpose::Plan => matches!(self.dialog, Some(Dialog::Plan(_))),
            Purpose::Revise => matches!(self.dialog, Some(Dialog::Revise(_))),
            Purpose::Edit => matches!(self.dialog, Some(Dialog::Edit(_))),
            Purpose::Remove(..) | Purpose::Restore => matches!(self.dialog, Some(Dialog::Reason(_))),
            Purpose::Invite => matches!(self.dialog, Some(Dialog::Invite(_))),
            Purpose::CreateProject => matches!(self.dialog, Some(Dialog::Create(_))),
            Purpose::Relay => matches!(self.dialog, Some(Dialog::Relay(_))),
            Purpose::Join => matches!(self.dialog, Some(Dialog::Join(_))),
            _ => false,
        }
    }

    fn went_well(&mut self, ctx: &Context, purpose: &Purpose, answer: Answer, added: usize, refused: usize) {
        match (purpose, answer) {
            (Purpose::Add, _) if !matches!(self.dialog, Some(Dialog::Add(_))) => {
                let title = self.texts.counted("told-added", added);
                let detail = if refused > 0 { self.texts.counted("told-refused", refused) } else { String::new() };
                self.tell(ctx, if refused > 0 { Tone::Bad } else { Tone::Good }, title, detail);
            }
            (Purpose::Plan, _) => self.say(ctx, "told-planned"),
            (Purpose::Revise, _) => self.say(ctx, "told-revised"),
            (Purpose::Edit, _) => self.say(ctx, "told-edited"),
            (Purpose::Settle, _) => self.say(ctx, "told-settled"),
            (Purpose::Restore, _) => self.say(ctx, "told-restored"),
            (Purpose::Remove(project, document), answer) => {
                let words = match answer {
                    Answer::Document(document) => format!("{} · {}", document.listing.number, document.listing.title),
                    _ => String::new(),
                };
                let title = self.texts.t("told-removed").into_owned();
                self.remember(Tone::Plain, &title, &words);
                let undo = Command::DocRestore {
                    project: Some(project.to_string()),
                    number: document.to_string(),
                    reason: self.texts.t("undo-reason").into_owned(),
                };
                self.views.toasts.tell_with_undo(ctx.input(|input| input.time), title, words, undo);
            }
            (Purpose::Open, Answer::Fetched(files)) => {
                if let Some(file) = files.first() {
                    self.desk.open(file.path.clone());
                }
            }
            (Purpose::SaveAs, Answer::Fetched(files)) => {
                let detail = files.iter().map(|file| file.path.display().to_string()).collect::<Vec<_>>().join("\n");
                let title = self.texts.t("told-saved").into_owned();
                self.tell(ctx, Tone::Good, title, detail);
            }
            (Purpose::ExportLog, Answer::Exported { path, rows }) => {
                let title = self.texts.counted("told-exported", rows as usize);
                self.tell(ctx, Tone::Good, title, path.display().to_string());
            }
            (Purpose::ExportBundle, Answer::Bundle { project, .. }) => {
                let title = self.texts.t("told-bundle-written").into_owned();
                self.tell(ctx, Tone::Good, title, project);
            }
            (Purpose::ImportBundle, Answer::Bundle { project, .. }) => {
                let title = self.texts.t("told-bundle-read").into_owned();
                self.tell(ctx, Tone::Good, title, project);
            }
            (Purpose::Join, Answer::Joined(JoinState::Joined { name, .. })) => {
                let title = self.texts.t("told-joined").into_owned();
                self.tell(ctx, Tone::Good, title, name);
            }
            (Purpose::Join, Answer::Joined(JoinState::Pending { why, .. })) => {
                let title = self.texts.t("told-pending").into_owned();
                let why = self.texts.phrase(&why).into_owned();
                self.tell(ctx, Tone::Plain, title, why);
            }
            (Purpose::Forget, _) => self.say(ctx, "told-forgotten"),
            (Purpose::Sync, Answer::Synced(report)) => self.synced(ctx, &report),
            (_, Answer::Access(answer)) => self.access_changed(ctx, purpose, answer),
            (_, Answer::Session(answer)) => self.keys_changed(ctx, purpose, answer),
            // The words come right after the person: nobody looks for them later.
            (Purpose::Identity, Answer::Identity(Some(_))) => self.open_dialog(ctx, WordsDialog::new(true).into()),
            _ => {}
        }
    }

    fn access_changed(&mut self, ctx: &Context, purpose: &Purpose, answer: AccessAnswer) {
        match (purpose, answer) {
            (Purpose::Revoke, AccessAnswer::Changed(change)) => {
                let title = self.texts.with("told-revoked", &[("name", change.name.as_str().into())]);
                let detail = self.texts.counted("preview-keys", change.keys_renewed as usize);
                self.tell(ctx, Tone::Good, title, detail);
            }
            (Purpose::ChangeRole, AccessAnswer::Changed(change)) => {
                let title = self.texts.with("told-role", &[("name", change.name.as_str().into())]);
                self.tell(ctx, Tone::Good, title, String::new());
            }
            (_, AccessAnswer::Cancelled(_)) => self.say(ctx, "told-cancelled"),
            (_, AccessAnswer::Accepted { entries }) => {
                let title = self.texts.counted("told-accepted", entries as usize);
                self.tell(ctx, Tone::Good, title, String::new());
            }
            _ => {}
        }
    }

    fn keys_changed(&mut self, ctx: &Context, purpose: &Purpose, answer: SessionAnswer) {
        match (purpose, answer) {
            // What was typed is wiped.
            (Purpose::Unlock, _) => self.views.lock = Lock::default(),
            (Purpose::Keyring, _) => self.say(ctx, "told-keyring"),
            (Purpose::Passphrase, _) => self.say(ctx, "told-passphrase"),
            (Purpose::ConfirmWords, _) => self.say(ctx, "told-words"),
            (Purpose::AddDevice, SessionAnswer::DeviceAdded(device)) => {
                self.views.keys.devices_changed();
                if !matches!(self.dialog, Some(Dialog::AddDevice(_))) {
                    let title = self.texts.with("device-added", &[("name", device.name.as_str().into())]);
                    self.tell(ctx, Tone::Good, title, String::new());
                }
            }
            (Purpose::RemoveDevice, SessionAnswer::DeviceRemoved { device, projects }) => {
                self.views.keys.devices_changed();
                let title = self.texts.with("told-device-removed", &[("name", device.name.as_str().into())]);
                self.tell(ctx, Tone::Good, title, projects.join(", "));
            }
            (Purpose::Identity, SessionAnswer::DeviceJoined { projects, .. }) => {
                self.views.first_start = FirstStart::default();
                let waiting = projects.iter().filter_map(|project| match project {
                    JoinState::Pending { name, why, .. } => Some(format!("{name}: {}", self.texts.phrase(why))),
                    JoinState::Joined { .. } => None,
                });
                let waiting: Vec<_> = waiting.collect();
                let title = self.texts.t("told-device-joined").into_owned();
                self.tell(ctx, Tone::Good, title, waiting.join("\n"));
            }
            (Purpose::Identity, SessionAnswer::Recovered(_)) => {
                self.views.first_start = FirstStart::default();
                self.say(ctx, "told-recovered");
            }
            _ => {}
        }
    }

    fn say(&mut self, ctx: &Context, id: &str) {
        let title = self.texts.t(id).into_owned();
        self.tell(ctx, Tone::Good, title, String::new());
    }

    fn synced(&mut self, ctx: &Context, report: &SyncReport) {
        let reached = report.sides.iter().filter(|side| side.reachable).count();
        let problems: Vec<_> = report
            .sides
            .iter()
            .filter_map(|side| side.problem.as_ref().map(|why| format!("{}: {}", side.with, self.texts.phrase(why))))
            .collect();
        let (tone, title) = match () {
            () if report.in_sync && reached > 0 => (Tone::Good, self.texts.counted("told-in-sync", reached)),
            () if reached == 0 => (Tone::Bad, self.texts.t("told-nobody").into_owned()),
            () => (Tone::Plain, self.texts.t("told-not-yet").into_owned()),
        };
        self.tell(ctx, tone, title, problems.join("\n"));
    }
}

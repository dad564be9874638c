//! What the window takes from the engine: newer snapshots, and what a locked home leaves on the window, which is nothing.

use egui::Context;
use enginus_engine::api::{HomeSnapshot, LockState};
use enginus_model::{DocumentId, ProjectId};

use crate::desktop::{Desktop, Stage, Views};
use crate::views::{Members, Register, Review};

/// How often the engine is told that a person is here, in seconds.
const HERE_SECONDS: f64 = 5.0;

impl Desktop {
    /// Tells the engine that a person moved the pointer or pressed a key, now and then.
    pub(crate) fn say_who_is_here(&mut self, ctx: &Context) {
        let (now, acted) = ctx.input(|input| (input.time, !input.events.is_empty()));
        if let Stage::Open(backend) = &self.stage
            && acted
            && now - self.here >= HERE_SECONDS
        {
            self.here = now;
            backend.person_is_here();
        }
    }

    /// Takes newer snapshots, if there are any, and leaves what is gone.
    pub(crate) fn refresh(&mut self) {
        let Stage::Open(backend) = &self.stage else { return };
        let version = backend.version();
        let shown = self.project.as_ref().map(|project| project.id);
        if self.seen == Some(version) && (self.wanted.is_none() || self.wanted == shown) {
            return;
        }
        self.seen = Some(version);
        let is_locked = |home: &HomeSnapshot| matches!(home.session.lock, LockState::Locked { .. });
        let was_locked = is_locked(&self.home);
        self.home = backend.home();
        if is_locked(&self.home) {
            if !was_locked {
                self.put_away();
            }
            return;
        }
        let remembered = || {
            let id: ProjectId = self.settings.project.as_ref()?.parse().ok()?;
            self.home.projects.iter().any(|project| project.id == id).then_some(id)
        };
        let first = || self.home.projects.first().map(|project| project.id);
        let before = shown.or(self.away.as_ref().map(|(id, ..)| *id));
        let id = self.wanted.or(before).or_else(remembered).or_else(first);
        let project = id.and_then(|id| backend.project(&id)).or_else(|| first().and_then(|id| backend.project(&id)));
        let now = project.as_ref().map(|project| project.id);
        if now != shown {
            let back = self.away.take_if(|_| now.is_some()).filter(|(id, ..)| Some(*id) == now);
            (self.place, self.selected) = back.map_or_else(Default::default, |(_, place, document)| (place, document));
            self.views.register = Register::default();
            self.views.members = Members::default();
            self.views.review = Review::default();
        }
        if self.wanted.is_some() && self.wanted == now {
            self.wanted = None;
        }
        let gone =
            |id: DocumentId| !project.iter().flat_map(|p| &p.folders).any(|folder| folder.view.get(&id).is_some());
        self.selected = self.selected.filter(|id| !gone(*id));
        self.project = project;
    }

    /// Takes everything of the projects and of a dialog off the window: the keys are locked.
    fn put_away(&mut self) {
        if let Some(project) = self.project.take() {
            self.away = Some((project.id, std::mem::take(&mut self.place), self.selected.take()));
        }
        self.dialog = None;
        self.tasks.forget_ended();
        self.views = Views::default();
    }
}

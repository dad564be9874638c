//! A window on a backend that remembers what it was asked and answers from a script.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use egui_kittest::Harness;
use enginus_desktop::{Backend, Desktop, Opened, Opener, Settings, ThemeChoice, Work};
use enginus_engine::api::{Answer, Command, Failure, HomeSnapshot, ProjectSnapshot, Update};
use enginus_model::{Instant, Language, ProjectId};

use crate::samples;

/// Nothing in these tests takes longer; a table that never comes is a failure, not a wait.
const SETTLE_MAX: Duration = Duration::from_secs(60);

pub(crate) type Script = Box<dyn Fn(&Command) -> Vec<Update> + Send>;

#[derive(Default)]
pub(crate) struct World {
    pub(crate) home: HomeSnapshot,
    pub(crate) project: Option<Arc<ProjectSnapshot>>,
    pub(crate) version: u64,
    pub(crate) asked: Vec<Command>,
    pub(crate) cancelled: usize,
    /// How often a person was said to be here.
    pub(crate) here: usize,
    /// How far the clock went on.
    pub(crate) later_ms: i64,
    pub(crate) script: Option<Script>,
}

/// What the window and the test share.
#[derive(Clone, Default)]
pub(crate) struct Shared(pub(crate) Arc<Mutex<World>>);

impl Shared {
    pub(crate) fn asked(&self) -> Vec<Command> {
        self.0.lock().unwrap().asked.clone()
    }
    pub(crate) fn answer_with(&self, script: impl Fn(&Command) -> Vec<Update> + Send + 'static) {
        self.0.lock().unwrap().script = Some(Box::new(script));
    }
    pub(crate) fn publish(&self, change: impl FnOnce(&mut World)) {
        let mut world = self.0.lock().unwrap();
        change(&mut world);
        world.version += 1;
    }
}

struct Told {
    updates: VecDeque<Update>,
    shared: Shared,
}

impl Work for Told {
    fn try_next(&mut self) -> Option<Update> {
        self.updates.pop_front()
    }
    fn cancel(&self) {
        self.shared.0.lock().unwrap().cancelled += 1;
    }
}

impl Backend for Shared {
    fn run(&self, command: Command) -> Box<dyn Work> {
        let mut world = self.0.lock().unwrap();
        let updates = world.script.as_ref().map(|script| script(&command)).unwrap_or_default();
        world.asked.push(command);
        Box::new(Told { updates: updates.into(), shared: self.clone() })
    }
    fn home(&self) -> Arc<HomeSnapshot> {
        Arc::new(self.0.lock().unwrap().home.clone())
    }
    fn project(&self, id: &ProjectId) -> Option<Arc<ProjectSnapshot>> {
        self.0.lock().unwrap().project.clone().filter(|project| project.id == *id)
    }
    fn version(&self) -> u64 {
        self.0.lock().unwrap().version
    }
    fn person_is_here(&self) {
        self.0.lock().unwrap().here += 1;
    }
    fn now(&self) -> Instant {
        let world = self.0.lock().unwrap();
        Instant(samples::access::NOW.0 + world.later_ms)
    }
}

/// A window under test.
pub(crate) struct Stand {
    pub(crate) harness: Harness<'static, Option<Desktop>>,
    pub(crate) shared: Shared,
    /// Woken when something beside the window is ready.
    woken: Receiver<()>,
    _home: Option<tempfile::TempDir>,
}

pub(crate) struct Look {
    pub(crate) language: Language,
    pub(crate) theme: ThemeChoice,
    pub(crate) size: [f32; 2],
}

impl Default for Look {
    fn default() -> Self {
        Self { language: Language::En, theme: ThemeChoice::Light, size: [1360.0, 820.0] }
    }
}

impl Stand {
    pub(crate) fn new(world: World, look: &Look) -> Self {
        let shared = Shared(Arc::new(Mutex::new(world)));
        let (theme, language) = (look.theme, look.language);
        let backend = shared.clone();
        let open = move || {
            let settings = Settings { language: Some(language), theme, ..Settings::default() };
            Ok(Opened { backend: Box::new(backend.clone()), settings, zone: jiff::tz::TimeZone::UTC })
        };
        Self::opening(shared, look, open)
    }

    /// A window whose home is opened by `open`.
    pub(crate) fn opening(shared: Shared, look: &Look, open: impl Fn() -> Result<Opened, Failure> + 'static) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_owned();
        let opener = move |_: &egui::Context| {
            let (sender, receiver) = channel();
            sender.send(open()).unwrap();
            receiver
        };
        Self::opened_by(shared, look, path, Box::new(opener), Some(folder))
    }

    /// A window on the home in `path` that `opener` opens.
    pub(crate) fn opened_by(
        shared: Shared,
        look: &Look,
        path: PathBuf,
        opener: Opener,
        folder: Option<tempfile::TempDir>,
    ) -> Self {
        let language = look.language;
        let mut opener = Some(opener);
        let (wake, woken) = channel();
        let mut wake = Some(wake);
        let harness = Harness::builder()
            .with_size(look.size)
            .with_max_steps(16)
            .with_os(egui::os::OperatingSystem::Nix)
            .with_render_cursor(false)
            .build_ui_state(
                move |ui, desktop: &mut Option<Desktop>| {
                    let desktop = desktop.get_or_insert_with(|| {
                        let opener = opener.take().unwrap();
                        let wake = wake.take().unwrap();
                        ui.ctx().set_request_repaint_callback(move |_| {
                            let _ = wake.send(());
                        });
                        Desktop::new(ui.ctx(), path.clone(), Some(language), opener).unwrap()
                    });
                    desktop.logic(&ui.ctx().clone());
                    // As in a real window: without the margin the harness leaves around a ui.
                    let whole = ui.ctx().content_rect();
                    let mut window = ui.new_child(egui::UiBuilder::new().max_rect(whole));
                    window.set_clip_rect(whole);
                    desktop.ui(&mut window);
                },
                None,
            );
        let mut stand = Self { harness, shared, woken, _home: folder };
        stand.settle();
        stand
    }

    /// A window on the sample project, the folder of drawings open.
    pub(crate) fn drawings(look: &Look) -> Self {
        let project = samples::project(samples::drawings(samples::domain(2)));
        let mut stand = Self::on(project, look);
        stand.press(if look.language == Language::En { "Projects" } else { "Projeler" });
        stand
    }

    pub(crate) fn on(project: ProjectSnapshot, look: &Look) -> Self {
        let world = World { home: samples::home(&project), project: Some(Arc::new(project)), ..World::default() };
        Self::new(world, look)
    }

    /// Runs until nothing is on its way.
    pub(crate) fn settle(&mut self) {
        self.wait_for("the window to settle", |stand| stand.harness.state().as_ref().is_some_and(Desktop::is_settled));
        self.harness.run_ok();
    }

    /// Runs, and waits for what works beside the window, until `ready`.
    pub(crate) fn wait_for(&mut self, what: &str, ready: impl Fn(&Self) -> bool) {
        loop {
            while self.woken.try_recv().is_ok() {}
            self.harness.run_ok();
            if ready(self) {
                return;
            }
            assert!(self.woken.recv_timeout(SETTLE_MAX).is_ok(), "waited in vain for {what}");
        }
    }

    /// Draws until something that goes by the clock, and wakes nobody, is `over`.
    pub(crate) fn wait_out(&mut self, over: impl Fn(&Self) -> bool) {
        while !over(self) {
            let _ = self.woken.recv_timeout(std::time::Duration::from_millis(100));
            self.harness.run_ok();
        }
    }

    /// Clicks what is called `label`.
    pub(crate) fn press(&mut self, label: &str) {
        use egui_kittest::kittest::Queryable;
        self.harness.get_by_label(label).click();
        self.settle();
    }

    /// Clicks the button called `label`, where words of the same name stand beside it.
    pub(crate) fn press_button(&mut self, label: &str) {
        use egui_kittest::kittest::Queryable;
        self.harness.get_by_role_and_label(egui::accesskit::Role::Button, label).click();
        self.settle();
    }

    /// Writes into the field called `label`.
    pub(crate) fn write(&mut self, label: &str, text: &str) {
        use egui_kittest::kittest::{NodeT, Queryable};
        let field = self.harness.query_all_by_label(label).find(|node| is_field(node.accesskit_node().role()));
        let field = field.unwrap_or_else(|| panic!("no field {label:?}"));
        field.focus();
        self.harness.run_ok();
        let field = self.harness.query_all_by_label(label).find(|node| is_field(node.accesskit_node().role()));
        field.unwrap().type_text(text);
        self.settle();
    }

    /// Chooses `choice` in the list called `name`.
    pub(crate) fn choose(&mut self, name: &str, choice: &str) {
        use egui_kittest::kittest::Queryable;
        self.harness.get_by_role_and_label(egui::accesskit::Role::ComboBox, name).click();
        self.settle();
        self.harness.get_all_by_label(choice).last().unwrap().click();
        self.settle();
    }

    pub(crate) fn key(&mut self, modifiers: egui::Modifiers, key: egui::Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.settle();
    }

    pub(crate) fn has(&self, label: &str) -> bool {
        use egui_kittest::kittest::Queryable;
        self.harness.query_all_by_label_contains(label).next().is_some()
    }

    /// Lets files go over the window.
    pub(crate) fn drop_files(&mut self, paths: &[PathBuf]) {
        let files = paths.iter().map(|path| Arc::new(Dropped(path.clone())) as egui::DroppedFileHandle).collect();
        self.harness.input_mut().dropped_files = files;
        self.harness.step();
        // The files are looked through beside the window.
        let name = paths[0].file_name().unwrap().to_str().unwrap().to_owned();
        self.wait_for("the dropped files", |stand| stand.has(&name));
        self.settle();
    }
}

fn is_field(role: egui::accesskit::Role) -> bool {
    use egui::accesskit::Role;
    matches!(role, Role::TextInput | Role::MultilineTextInput | Role::SearchInput | Role::PasswordInput)
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &std::path::Path {
        &self.0
    }
    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

pub(crate) fn done(answer: Answer) -> Update {
    Update::Done(Ok(answer))
}

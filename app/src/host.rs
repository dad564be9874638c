//! The engine beside the window: its own threads, opened and closed off the one that draws.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use egui::Context;
use enginus_cli::DesktopRequest;
use enginus_engine::api::{Command, Failure, FailureKind, HomeSnapshot, ProjectSnapshot, Update};
use enginus_engine::{Client, Engine, Options, Running};
use enginus_model::ProjectId;
use jiff::tz::TimeZone;
use tokio::runtime::{Handle, Runtime};
use tokio::sync::watch;

use crate::backend::{Backend, Work};
use crate::desktop::{Desktop, Opened, Opener};
use crate::intents::VIEWING_FOLDER;
use crate::settings::Settings;

/// How long an engine may take to finish what cannot be left half done, in seconds.
const CLOSE_SECONDS: u64 = 10;
const TITLE: &str = "ENGINUS";
const WINDOW_SIZE: [f32; 2] = [1360.0, 840.0];
const WINDOW_SIZE_MIN: [f32; 2] = [960.0, 600.0];

struct EngineBackend {
    engine: Engine,
    runtime: Handle,
    changes: watch::Receiver<u64>,
}

impl Backend for EngineBackend {
    fn run(&self, command: Command) -> Box<dyn Work> {
        let _inside = self.runtime.enter();
        Box::new(self.engine.run(command))
    }
    fn home(&self) -> Arc<HomeSnapshot> {
        self.engine.home()
    }
    fn project(&self, id: &ProjectId) -> Option<Arc<ProjectSnapshot>> {
        self.engine.project(id)
    }
    fn version(&self) -> u64 {
        *self.changes.borrow()
    }
    fn person_is_here(&self) {
        self.engine.person_is_here();
    }
}

impl Work for Running {
    fn try_next(&mut self) -> Option<Update> {
        Running::try_next(self)
    }
    fn cancel(&self) {
        Running::cancel(self);
    }
}

/// The engine that is open, kept so that it can be closed after the window.
type OpenEngine = Arc<Mutex<Option<Client>>>;

/// The engine's own threads.
pub struct Host {
    runtime: Runtime,
    options: Options,
    open: OpenEngine,
}

impl Host {
    /// Starts the threads; the home is opened by [`opener`](Self::opener).
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn new(options: Options) -> std::io::Result<Self> {
        Ok(Self { runtime: Runtime::new()?, options, open: OpenEngine::default() })
    }

    /// What a window opens the home with.
    #[must_use]
    pub fn opener(&self) -> Opener {
        let (options, open, runtime) = (self.options.clone(), Arc::clone(&self.open), self.runtime.handle().clone());
        Box::new(move |ctx: &Context| {
            let (sender, receiver): (_, Receiver<Result<Opened, Failure>>) = channel();
            let (options, open, ctx, handle) = (options.clone(), Arc::clone(&open), ctx.clone(), runtime.clone());
            runtime.spawn(async move {
                let opened = open_home(options, &open, &ctx, handle).await;
                let _ = sender.send(opened);
                ctx.request_repaint();
            });
            receiver
        })
    }

    /// Closes the home: what cannot be left half done is finished first.
    pub fn close(self) {
        let client = self.open.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(client) = client {
            let limit = Duration::from_secs(CLOSE_SECONDS);
            let closed = self.runtime.block_on(async { tokio::time::timeout(limit, client.close()).await });
            if closed.is_err() {
                tracing::warn!("the engine did not finish within {CLOSE_SECONDS} s; what was acknowledged is safe");
            }
        }
        self.runtime.shutdown_timeout(Duration::from_secs(1));
    }
}

async fn open_home(options: Options, open: &OpenEngine, ctx: &Context, runtime: Handle) -> Result<Opened, Failure> {
    let home = options.home.clone();
    // Like every process that has a home open it serves the command line on it meanwhile.
    let client = Client::connect(options).await?;
    let Some(engine) = client.engine().cloned() else {
        return Err(Failure::new(FailureKind::Busy, "another process has this home open")
            .hint("close the other window or `enginus agent`, then try again"));
    };
    *open.lock().unwrap_or_else(PoisonError::into_inner) = Some(client);
    let read = tokio::task::spawn_blocking(move || {
        // Copies made for looking at, of an earlier time.
        let _ = std::fs::remove_dir_all(home.join(VIEWING_FOLDER));
        (Settings::load(&home), TimeZone::system())
    });
    let (settings, zone) = read.await.unwrap_or_else(|_| (Settings::default(), TimeZone::UTC));
    let changes = engine.changes();
    let (mut watched, woken) = (changes.clone(), ctx.clone());
    tokio::spawn(async move {
        while watched.changed().await.is_ok() {
            woken.request_repaint();
        }
    });
    Ok(Opened { backend: Box::new(EngineBackend { engine, runtime, changes }), settings, zone })
}

struct App(Desktop);

impl eframe::App for App {
    fn logic(&mut self, ctx: &Context, _: &mut eframe::Frame) {
        self.0.logic(ctx);
    }
    fn ui(&mut self, ui: &mut egui::Ui, _: &mut eframe::Frame) {
        self.0.ui(ui);
    }
}

/// Whether this session has no display. Told before the window system is asked, whose own message names its sources.
fn no_screen() -> bool {
    let unset = |name: &str| std::env::var_os(name).is_none_or(|value| value.is_empty());
    cfg!(all(unix, not(target_os = "macos"))) && unset("DISPLAY") && unset("WAYLAND_DISPLAY")
}

/// Opens the window and stays until it is closed.
///
/// # Errors
/// When there is no screen to open it on.
pub fn run(request: DesktopRequest) -> Result<(), Failure> {
    let internal =
        |what: &str, error: &dyn std::fmt::Display| Failure::new(FailureKind::Internal, format!("{what}: {error}"));
    let DesktopRequest { mut options, language } = request;
    if no_screen() {
        return Err(Failure::new(FailureKind::Invalid, "there is no screen here to open a window on")
            .hint("use the command line: enginus --help"));
    }
    options.network.at_once = true;
    let home = options.home.clone();
    let host = Host::new(options).map_err(|error| internal("the engine's threads could not be started", &error))?;
    let opener = host.opener();
    let viewport = egui::ViewportBuilder::default()
        .with_title(TITLE)
        .with_app_id("enginus")
        .with_inner_size(WINDOW_SIZE)
        .with_min_inner_size(WINDOW_SIZE_MIN)
        .with_icon(crate::parts::window_icon());
    let native = eframe::NativeOptions { viewport, centered: true, ..eframe::NativeOptions::default() };
    let shown = eframe::run_native(
        TITLE,
        native,
        Box::new(move |creation| Ok(Box::new(App(Desktop::new(&creation.egui_ctx, home, language, opener)?)))),
    );
    host.close();
    shown.map_err(|error| {
        internal("the window could not be opened", &error)
            .hint("on a machine without a screen, use the command line: enginus --help")
    })
}

//! The handle of an open home.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};

use enginus_model::{ProjectId, fold};
use enginus_vault::Vault;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::api::{Command, Failure, FailureKind, HomeSnapshot, LockState, ProjectSnapshot, Selector, Update};
use crate::commands;
use crate::home::Home;
use crate::locking::Presence;
use crate::network::Network;
use crate::project::{Place, Project, Published};
use crate::running::{Reporter, Running};

/// Whether and how a home is reachable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkOptions {
    /// Start listening at once; otherwise only when a command needs other devices.
    pub at_once: bool,
    /// The local address to listen on; unspecified listens on all interfaces.
    pub bind: IpAddr,
    /// Look for devices on the local network by mDNS.
    pub mdns: bool,
}

impl Default for NetworkOptions {
    fn default() -> Self {
        Self { at_once: false, bind: IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), mdns: false }
    }
}

/// How to open a home.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder.
    pub home: PathBuf,
    /// The network.
    pub network: NetworkOptions,
}

/// An open home. Cheap to clone; everything blocking happens elsewhere.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) options: Options,
    // Let go in this order: who waits for the home takes it as soon as it is free, and must find the projects free too.
    projects: RwLock<BTreeMap<ProjectId, SharedProject>>,
    home: Mutex<Home>,
    /// Projects of this home that could not be opened, and why.
    unopened: RwLock<BTreeMap<ProjectId, Failure>>,
    snapshots: RwLock<BTreeMap<ProjectId, Arc<Published>>>,
    published: RwLock<Arc<HomeSnapshot>>,
    changes: watch::Sender<u64>,
    pub(crate) vault: Vault,
    network: tokio::sync::Mutex<Option<Arc<Network>>>,
    pub(crate) presence: Presence,
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
}

/// A project behind its lock. Lock it only off the async threads.
pub(crate) type SharedProject = Arc<Mutex<Project>>;

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("home", &self.0.options.home).finish_non_exhaustive()
    }
}

/// Locks, also after a panic elsewhere: every commit is whole, and memory is read again where one failed.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs blocking work on a thread made for it.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    // A simulation has one thread, whose clock and randomness are its own.
    #[cfg(feature = "simulation")]
    if crate::ambient::simulated::is_on() {
        return work();
    }
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(Failure::new(FailureKind::Internal, format!("the work stopped unexpectedly: {error}"))
            .hint("try again; nothing half done was kept"))
    })
}

impl Engine {
    /// Opens the home, creating its folder where it is missing.
    ///
    /// # Errors
    /// `Busy` when another process has it open; `Storage` when it is damaged, newer than this program, or out of reach.
    pub async fn open(options: Options) -> Result<Self, Failure> {
        let root = options.home.clone();
        let (home, vault) = blocking(move || {
            let home = Home::open(&root)?;
            let vault = Vault::open(&home.objects())?;
            Ok((home, vault))
        })
        .await?;
        let engine = Self(Arc::new(Inner {
            options,
            home: Mutex::new(home),
            projects: RwLock::default(),
            unopened: RwLock::default(),
            snapshots: RwLock::default(),
            published: RwLock::default(),
            changes: watch::Sender::new(0),
            vault,
            network: tokio::sync::Mutex::new(None),
            presence: Presence::new(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        }));
        engine.open_projects().await?;
        engine.refresh().await?;
        if engine.0.options.network.at_once && engine.is_usable() {
            engine.network().await?;
            // Now with the addresses.
            engine.refresh().await?;
        }
        crate::locking::watch_idleness(&engine);
        Ok(engine)
    }

    /// Whether somebody's keys are open here.
    pub(crate) fn is_usable(&self) -> bool {
        let home = self.home();
        home.identity.is_some() && !matches!(home.session.lock, LockState::Locked { .. })
    }

    /// Opens every project of the home, as far as its keys are open.
    pub(crate) async fn open_projects(&self) -> Result<(), Failure> {
        let found = self.with_home(|home| open_projects(home)).await?;
        for (id, project) in found.0 {
            self.insert_project(id, project);
        }
        *self.0.unopened.write().unwrap_or_else(PoisonError::into_inner) = found.1;
        Ok(())
    }

    /// Takes every project away from whoever asks from now on.
    pub(crate) fn take_projects(&self) -> Vec<SharedProject> {
        self.0.snapshots.write().unwrap_or_else(PoisonError::into_inner).clear();
        self.0.unopened.write().unwrap_or_else(PoisonError::into_inner).clear();
        let mut projects = self.0.projects.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *projects).into_values().collect()
    }

    /// Takes one project away.
    pub(crate) fn take_project(&self, id: &ProjectId) -> Option<SharedProject> {
        self.0.snapshots.write().unwrap_or_else(PoisonError::into_inner).remove(id);
        self.0.projects.write().unwrap_or_else(PoisonError::into_inner).remove(id)
    }

    /// Takes the network away; whoever needs it starts another.
    pub(crate) async fn take_network(&self) -> Option<Arc<Network>> {
        self.0.network.lock().await.take()
    }

    /// Starts a command; never blocks. Must be called within a tokio runtime.
    #[must_use]
    pub fn run(&self, command: Command) -> Running {
        let (running, reporter) = Running::new();
        let engine = self.clone();
        self.0.tasks.spawn(async move { engine.carry_out(command, reporter).await });
        running
    }

    async fn carry_out(self, command: Command, reporter: Reporter) {
        let result = match self.0.presence.enter(&self, &command, &reporter).await {
            Ok(_stay) => commands::carry_out(&self, command, &reporter).await,
            Err(failure) => Err(failure),
        };
        if let Err(failure) = self.refresh().await {
            tracing::error!("the list of projects could not be read: {failure}");
        }
        reporter.say(Update::Done(result)).await;
    }

    /// The home at a glance; never blocks on work.
    #[must_use]
    pub fn home(&self) -> Arc<HomeSnapshot> {
        self.0.published.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The newest snapshot of a project; never blocks on work.
    #[must_use]
    pub fn project(&self, id: &ProjectId) -> Option<Arc<ProjectSnapshot>> {
        let snapshots = self.0.snapshots.read().unwrap_or_else(PoisonError::into_inner);
        snapshots.get(id).map(|published| published.snapshot())
    }

    /// The person touched the window: the time after which the keys lock by themselves begins anew.
    pub fn person_is_here(&self) {
        self.0.presence.seen();
    }

    /// A number that rises whenever the home or a project changed.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }

    /// Waits for commands under way, writes the caches, closes the network.
    pub async fn close(self) {
        self.0.stop.cancel();
        if let Some(network) = self.0.network.lock().await.take() {
            network.close().await;
        }
        self.0.tasks.close();
        self.0.tasks.wait().await;
        let projects = self.projects();
        let closed = blocking(move || {
            for project in projects {
                lock(&project).cache_shards(true)?;
            }
            Ok(())
        });
        if let Err(failure) = closed.await {
            tracing::warn!("the caches could not be written: {failure}");
        }
    }

    /// What the window sees of a project, for those who change it without the project's lock.
    pub(crate) fn published(&self, id: &ProjectId) -> Option<Arc<Published>> {
        self.0.snapshots.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// A handle that does not keep the home open.
    pub(crate) fn downgrade(&self) -> Weak<Inner> {
        Arc::downgrade(&self.0)
    }

    pub(crate) fn upgrade(weak: &Weak<Inner>) -> Option<Self> {
        weak.upgrade().map(Self)
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    /// Runs `work` on the home, off the async threads.
    pub(crate) async fn with_home<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Home) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let engine = self.clone();
        blocking(move || work(&mut lock(&engine.0.home))).await
    }

    /// Runs `work` on a project, off the async threads.
    pub(crate) async fn with_project<T: Send + 'static>(
        &self,
        project: &SharedProject,
        work: impl FnOnce(&mut Project) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let project = project.clone();
        let result = blocking(move || {
            let mut project = lock(&project);
            project.ready()?;
            work(&mut project)
        })
        .await;
        self.0.changed();
        result
    }

    pub(crate) fn projects(&self) -> Vec<SharedProject> {
        self.0.projects.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    pub(crate) fn project_by_id(&self, id: &ProjectId) -> Option<SharedProject> {
        self.0.projects.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// Adds a project that was just created or joined.
    pub(crate) fn insert_project(&self, id: ProjectId, project: Project) -> SharedProject {
        let project = Arc::new(Mutex::new(project));
        self.0.projects.write().unwrap_or_else(PoisonError::into_inner).insert(id, project.clone());
        self.0.watch(&project);
        project
    }

    /// The project a person means.
    pub(crate) async fn find_project(&self, selector: &Selector) -> Result<SharedProject, Failure> {
        let unopened = self.0.unopened.read().unwrap_or_else(PoisonError::into_inner).clone();
        let (projects, wanted) = (self.projects(), selector.clone());
        self.with_home(|home| home.required_identity().map(|_| ())).await?;
        blocking(move || choose(projects, unopened, wanted.as_deref())).await
    }

    /// The network, started where it is not yet.
    pub(crate) async fn network(&self) -> Result<Arc<Network>, Failure> {
        let mut network = self.0.network.lock().await;
        if let Some(network) = &*network {
            return Ok(network.clone());
        }
        let started = Network::start(self).await?;
        *network = Some(started.clone());
        Ok(started)
    }

    /// The network if it is up.
    pub(crate) async fn network_if_up(&self) -> Option<Arc<Network>> {
        self.0.network.lock().await.clone()
    }

    /// Publishes the home anew.
    pub(crate) async fn refresh(&self) -> Result<(), Failure> {
        let projects = self.projects();
        let (identity, session) = self.with_home(|home| Ok((home.info(), home.session()))).await?;
        let addresses = match self.network_if_up().await {
            Some(network) => network.addresses(),
            None => Vec::new(),
        };
        let mut summaries =
            blocking(move || Ok(projects.iter().map(|project| lock(project).summary()).collect::<Vec<_>>())).await?;
        summaries.sort_by_key(|summary| (fold(&summary.name), summary.id));
        let home = HomeSnapshot { identity, projects: summaries, addresses, session };
        *self.0.published.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(home);
        self.0.changed();
        Ok(())
    }
}

impl Inner {
    /// Lets the window see a project without waiting for its lock.
    fn watch(&self, project: &SharedProject) {
        let (id, published) = {
            let project = lock(project);
            (project.id(), project.published())
        };
        self.snapshots.write().unwrap_or_else(PoisonError::into_inner).insert(id, published);
    }

    pub(crate) fn changed(&self) {
        self.changes.send_modify(|generation| *generation += 1);
    }
}

/// The projects of a home and those that cannot be opened.
type Found = (Vec<(ProjectId, Project)>, BTreeMap<ProjectId, Failure>);

fn open_projects(home: &Home) -> Result<Found, Failure> {
    let (mut projects, mut unopened) = (Vec::new(), BTreeMap::new());
    if let Some((identity, _)) = home.identity() {
        for id in home.project_ids()? {
            match Project::open(place(home, id, identity.clone())?) {
                Ok(project) => projects.push((id, project)),
                // The program ended before a join had begun: there is nothing in it.
                Err(failure) if failure.kind == FailureKind::NotFound => tracing::warn!("{failure}"),
                // Its last owner is just letting go.
                Err(failure) if failure.kind == FailureKind::Busy => return Err(failure),
                Err(failure) => {
                    tracing::error!("project {} cannot be opened: {failure}", id.short());
                    unopened.insert(id, failure);
                }
            }
        }
    }
    Ok((projects, unopened))
}

/// Where a project of `home` lies.
pub(crate) fn place(home: &Home, id: ProjectId, identity: crate::identity::Identity) -> Result<Place, Failure> {
    Ok(Place::new(id, home.project_store(&id)?, home.incarnation_file(&id)?, identity))
}

fn choose(
    projects: Vec<SharedProject>,
    unopened: BTreeMap<ProjectId, Failure>,
    wanted: Option<&str>,
) -> Result<SharedProject, Failure> {
    let starts = |id: &ProjectId, wanted: &str| wanted.len() >= 4 && id.to_string().starts_with(wanted);
    let mut named: Vec<(String, Result<SharedProject, Failure>)> = Vec::new();
    for project in projects {
        let summary = lock(&project).summary();
        let fits = wanted.is_none_or(|wanted| fold(&summary.name) == fold(wanted) || starts(&summary.id, wanted));
        if fits {
            named.push((format!("{} ({})", summary.name, summary.id.short()), Ok(project)));
        }
    }
    // One that cannot be opened is never passed over for another: its name is not known, so it fits wherever no name is given.
    for (id, failure) in unopened {
        if wanted.is_none_or(|wanted| starts(&id, wanted)) || named.is_empty() {
            named.push((format!("({}) cannot be opened", id.short()), Err(failure)));
        }
    }
    match (named.len(), wanted) {
        (1, _) => named.remove(0).1,
        (0, None) => Err(Failure::new(FailureKind::NotFound, "there is no project on this device yet")
            .hint("run `enginus project create NAME` or `enginus join TICKET`")),
        (0, Some(wanted)) => Err(Failure::new(FailureKind::NotFound, format!("there is no project \"{wanted}\""))
            .hint("`enginus project list` shows them")),
        _ => {
            let mut failure = Failure::new(FailureKind::Ambiguous, "several projects fit");
            failure.candidates = named.into_iter().map(|(name, _)| name).collect();
            Err(failure.hint("name one with --project"))
        }
    }
}

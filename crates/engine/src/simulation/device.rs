//! A device: whose it is, the machine it lives on, and the project that is open on it.

use std::sync::{Arc, Mutex};

use enginus_access::{Ticket, TicketKey};
use enginus_envelope::DomainTip;
use enginus_model::{DeviceId, Language, PersonId, ProjectId, Template};
use tokio::sync::broadcast;

use super::Machine;
use crate::api::{Failure, FailureKind};
use crate::engine::{SharedProject, lock};
use crate::home::Profile;
use crate::identity::Identity;
use crate::network::Shelf;
use crate::project::{Credentials, NewProject, Place, Project, Waiting, certificate};

/// One device of the simulation.
pub struct Device {
    pub(super) name: String,
    pub(super) place: Place,
    machine: Machine,
    pub(super) open: Option<Open>,
}

pub(super) struct Open {
    pub(super) project: SharedProject,
    /// What becomes durable here, so that an act can tell what it wrote.
    written: Mutex<broadcast::Receiver<Vec<DomainTip>>>,
    /// What it knows of the bucket since it was started.
    pub(super) shelf: Mutex<Shelf>,
}

/// What an act wrote, durably.
#[derive(Debug, Clone, Default)]
pub struct Done {
    /// The newest entries of the logs it wrote to, and what else became durable meanwhile.
    pub tips: Vec<DomainTip>,
}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Device")
            .field("name", &self.name)
            .field("is_open", &self.open.is_some())
            .finish_non_exhaustive()
    }
}

fn profile(name: &str) -> Profile {
    Profile { name: name.to_owned(), organisation: None, email: None, port: 0 }
}

impl Device {
    /// The owner of a new solar project.
    ///
    /// # Errors
    /// When the machine cannot keep it.
    pub fn founder(name: &str) -> Result<Self, Failure> {
        let (machine, identity) = (Machine::new(), Identity::generate());
        let genesis = Project::new_genesis(identity.person.public());
        let template = Template::builtin("ges")
            .ok_or_else(|| Failure::new(FailureKind::Internal, "the template for solar projects is missing"))?;
        let new = NewProject {
            name: "Plant".to_owned(),
            template,
            language: Language::En,
            buckets: Vec::new(),
            relays: Vec::new(),
        };
        let place = Place::simulated(genesis.project_id(), machine.clone(), identity);
        let project = Project::create(place.clone(), &genesis, &new, &profile(name), "laptop")?;
        Ok(Self::with(name, place, machine, project))
    }

    /// A new person who holds a ticket.
    ///
    /// # Errors
    /// When the ticket cannot be used, or the machine cannot keep it.
    pub fn joining(name: &str, ticket: &str) -> Result<Self, Failure> {
        let bad = |error: &dyn std::fmt::Display| Failure::new(FailureKind::BadInput, error.to_string());
        let ticket: Ticket = ticket.parse().map_err(|error| bad(&error))?;
        let checked = ticket.check().map_err(|error| bad(&error))?;
        let (machine, identity) = (Machine::new(), Identity::generate());
        let place = Place::simulated(checked.project, machine.clone(), identity);
        let project = Project::await_ticket(place.clone(), &ticket, &checked, "laptop")?;
        Ok(Self::with(name, place, machine, project))
    }

    /// Another device of this person, let in by this one.
    ///
    /// # Errors
    /// When either cannot keep it.
    pub fn another(&self, name: &str) -> Result<Self, Failure> {
        let machine = Machine::new();
        let identity = Identity::on_this_device(self.place.identity.person.clone());
        let place = Place::simulated(self.place.id, machine.clone(), identity);
        let made = certificate(&place, "tablet")?;
        let genesis = {
            let mut project = lock(self.shared()?);
            project.ready()?;
            project.admit_device(&made)?;
            project.genesis().clone()
        };
        let project = Project::expect(place.clone(), &genesis, &Waiting::default(), &Credentials::of_member(&made))?;
        Ok(Self::with(name, place, machine, project))
    }

    /// The same device once more, from a copy of its machine: what a copied home is. It is not open yet.
    #[must_use]
    pub fn copied(&self, name: &str, machine: Machine) -> Self {
        let place = Place::simulated(self.place.id, machine.clone(), self.place.identity.clone());
        Self { name: name.to_owned(), place, machine, open: None }
    }

    pub(super) fn with(name: &str, place: Place, machine: Machine, project: Project) -> Self {
        let mut device = Self { name: name.to_owned(), place, machine, open: None };
        device.hold(project);
        device
    }

    fn hold(&mut self, project: Project) {
        let written = Mutex::new(project.watch_tips());
        let shelf = Mutex::default();
        self.open = Some(Open { project: Arc::new(Mutex::new(project)), written, shelf });
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its key.
    #[must_use]
    pub fn id(&self) -> DeviceId {
        self.place.identity.device.device_id()
    }

    /// Whose it is.
    #[must_use]
    pub fn person(&self) -> PersonId {
        self.place.identity.person.person_id()
    }

    /// The project.
    #[must_use]
    pub const fn project_id(&self) -> ProjectId {
        self.place.id
    }

    /// What it lives on.
    #[must_use]
    pub const fn machine(&self) -> &Machine {
        &self.machine
    }

    /// Whether the program runs on it.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Ends the program, as a person does or a power cut did. What memory held is gone.
    pub fn close(&mut self) {
        self.open = None;
    }

    /// Starts the program again.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn reopen(&mut self) -> Result<(), Failure> {
        self.open = None;
        let project = Project::open(self.place.clone())?;
        self.hold(project);
        Ok(())
    }

    /// Puts another machine under it, as whoever restores a backup does. The program does not run then.
    pub fn restore(&mut self, machine: Machine) {
        self.open = None;
        self.place = Place::simulated(self.place.id, machine.clone(), self.place.identity.clone());
        self.machine = machine;
    }

    pub(super) fn shared(&self) -> Result<&SharedProject, Failure> {
        let open = self.open.as_ref();
        open.map(|open| &open.project).ok_or_else(|| Failure::new(FailureKind::Busy, "the program does not run"))
    }

    /// Does something with the project as a command does, and tells what became durable by it.
    pub(super) fn act<T>(&self, act: impl FnOnce(&mut Project) -> Result<T, Failure>) -> Result<(T, Done), Failure> {
        let shared = self.shared()?;
        let mut project = lock(shared);
        project.ready()?;
        self.written();
        let made = act(&mut project)?;
        Ok((made, Done { tips: self.written() }))
    }

    /// What became durable since this was last asked.
    fn written(&self) -> Vec<DomainTip> {
        let mut all = Vec::new();
        if let Some(open) = &self.open {
            let mut written = lock(&open.written);
            loop {
                match written.try_recv() {
                    Ok(tips) => all.extend(tips),
                    Err(broadcast::error::TryRecvError::Lagged(_)) => {}
                    Err(_) => break,
                }
            }
        }
        all
    }

    /// Writes the person's card, as the product does once a project has arrived.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn introduce(&self) -> Result<(), Failure> {
        let mut project = lock(self.shared()?);
        project.ready()?;
        if project.is_active() { project.write_card(&profile(&self.name)) } else { Ok(()) }
    }

    /// A ticket from what an invitation made.
    pub(super) fn ticket(&self, project: &Project, key: TicketKey, statements: Vec<Vec<u8>>) -> String {
        let ticket = Ticket {
            genesis: project.genesis().encode(),
            project_name: "Plant".to_owned(),
            inviter: project.identity().person.public(),
            device: self.id(),
            addresses: Vec::new(),
            buckets: Vec::new(),
            relays: vec![],
            key,
            statements,
        };
        ticket.to_string()
    }
}

//! What the window sees of a project: an immutable snapshot, swapped whole.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

use enginus_model::{DeviceId, DomainId, Hash, Lane, ProjectId};
use enginus_net::RelayAddress;

use super::Project;
use crate::api::{
    FileState, FolderSnapshot, MemberInfo, PeerState, ProjectSnapshot, ProjectState, ProjectSummary, RelayState,
};

/// How the network stands with a relay.
#[derive(Debug, Clone, Default)]
pub(crate) struct RelayLink {
    pub(crate) connected: bool,
    pub(crate) in_sync: bool,
    pub(crate) problem: Option<String>,
}

/// The parts of a snapshot that the network and the vault know, kept beside the project so that they can change without
/// its lock.
#[derive(Debug, Clone, Default)]
pub(crate) struct Surroundings {
    pub(crate) peers: BTreeMap<DeviceId, PeerState>,
    pub(crate) relays: BTreeMap<DeviceId, RelayLink>,
    pub(crate) buckets: Vec<(String, Option<String>)>,
    pub(crate) files: imbl::HashMap<Hash, FileState>,
    pub(crate) transfers: u64,
}

/// The newest snapshot, readable at any time without waiting for the project.
pub(crate) struct Published {
    snapshot: RwLock<Arc<ProjectSnapshot>>,
    surroundings: RwLock<Surroundings>,
}

impl Published {
    pub(super) fn new(id: ProjectId) -> Self {
        let empty = ProjectSnapshot {
            id,
            generation: 0,
            name: String::new(),
            language: enginus_model::Language::En,
            state: ProjectState::Pending { why: String::new() },
            folders: Vec::new(),
            statuses: Vec::new(),
            roles: Vec::new(),
            may_invite: false,
            members: Arc::default(),
            access: Arc::default(),
            people: Arc::default(),
            sync: crate::api::SyncState::default(),
            files: imbl::HashMap::new(),
            notices: Vec::new(),
        };
        Self { snapshot: RwLock::new(Arc::new(empty)), surroundings: RwLock::default() }
    }

    /// The newest snapshot.
    pub(crate) fn snapshot(&self) -> Arc<ProjectSnapshot> {
        self.snapshot.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// The person a device belongs to, by name; the start of its key where nobody is known.
    pub(crate) fn device_name(&self, device: &DeviceId) -> String {
        let snapshot = self.snapshot();
        let owner = snapshot.members.iter().find(|member| member.devices.iter().any(|(known, _)| known == device));
        owner.map_or_else(|| device.short(), |member| member.name.clone())
    }

    /// Changes what the network or the vault knows, and shows it.
    pub(crate) fn surroundings(&self, change: impl FnOnce(&mut Surroundings)) {
        let surroundings = {
            let mut held = self.surroundings.write().unwrap_or_else(std::sync::PoisonError::into_inner);
            change(&mut held);
            held.clone()
        };
        self.replace(|snapshot| show(snapshot, surroundings));
    }

    fn relay_links(&self) -> BTreeMap<DeviceId, RelayLink> {
        self.surroundings.read().unwrap_or_else(std::sync::PoisonError::into_inner).relays.clone()
    }

    fn replace(&self, change: impl FnOnce(&mut ProjectSnapshot)) {
        let mut held = self.snapshot.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut next = ProjectSnapshot::clone(&held);
        change(&mut next);
        next.generation = held.generation + 1;
        *held = Arc::new(next);
    }
}

fn show(snapshot: &mut ProjectSnapshot, surroundings: Surroundings) {
    snapshot.sync.peers = surroundings.peers.into_values().collect();
    show_relays(snapshot, &surroundings.relays);
    snapshot.sync.buckets = surroundings.buckets;
    snapshot.sync.transfers = surroundings.transfers;
    snapshot.files = surroundings.files;
}

fn show_relays(snapshot: &mut ProjectSnapshot, links: &BTreeMap<DeviceId, RelayLink>) {
    for relay in &mut snapshot.sync.relays {
        let link = links.get(&relay.device).cloned().unwrap_or_default();
        (relay.connected, relay.in_sync, relay.problem) = (link.connected, link.in_sync, link.problem);
    }
}

impl Project {
    /// Publishes what memory holds.
    pub(crate) fn publish(&self) {
        let state = self.project_state();
        let folders = self.folder_snapshots();
        let members = Arc::new(self.members());
        let access = Arc::new(self.access_view());
        let people = Arc::new(members.iter().map(|member| (member.person, member.name.clone())).collect());
        let template = self.settings().template.as_ref();
        let statuses = template.map_or_else(Vec::new, |template| {
            template.suitability.iter().map(|code| (code.code.clone(), code.label.by_code())).collect()
        });
        let roles = self.settings().roles().into_iter().map(|role| (role.id, role.name.by_code())).collect();
        self.published.replace(|snapshot| {
            snapshot.name = self.settings().name.clone();
            snapshot.language = self.settings().language;
            snapshot.state = state;
            snapshot.folders = folders;
            snapshot.statuses = statuses;
            snapshot.roles = roles;
            snapshot.may_invite = self.may_invite();
            snapshot.members = members;
            snapshot.access = access;
            snapshot.people = people;
            snapshot.notices = self.notices.clone();
        });
        self.publish_confirmed();
    }

    /// Publishes what others hold of this project.
    pub(super) fn publish_confirmed(&self) {
        let relays: Vec<RelayState> = self.relays().into_iter().map(|relay| self.relay_state(&relay)).collect();
        let devices = self.published.snapshot().members.iter().map(|member| member.devices.len()).sum::<usize>();
        let is_shared = devices > 1 || !relays.is_empty() || !self.settings().buckets.is_empty();
        let unsent = if is_shared { self.unconfirmed() } else { 0 };
        self.published.replace(|snapshot| {
            snapshot.sync.relays = relays;
            show_relays(snapshot, &self.published.relay_links());
            snapshot.sync.unsent = unsent;
            snapshot.sync.confirmed = self.last_confirmed();
        });
    }

    fn relay_state(&self, relay: &RelayAddress) -> RelayState {
        RelayState {
            device: relay.device,
            address: relay.to_string(),
            host: relay.place(),
            connected: false,
            in_sync: false,
            last_in_sync: self.confirmed_by(&relay.device),
            problem: None,
        }
    }

    fn project_state(&self) -> ProjectState {
        if let Some(removed) = self.removed_info() {
            ProjectState::Removed(removed)
        } else if self.is_active() {
            ProjectState::Active
        } else {
            ProjectState::Pending {
                why: "the project arrives with the first member, bucket or bundle that can be reached".to_owned(),
            }
        }
    }

    fn folder_snapshots(&self) -> Vec<FolderSnapshot> {
        let device = self.device();
        self.settings()
            .ordered_folders()
            .into_iter()
            .filter(|(domain, _)| self.shows(domain))
            .filter_map(|(domain, folder)| {
                Some(FolderSnapshot {
                    domain,
                    slug: folder.slug.clone(),
                    names: folder.names.clone(),
                    view: self.state.shown(&domain)?.clone(),
                    arriving: self.arriving(&domain),
                    may_write: self.authority().may_write(&device, &domain, Lane::Records),
                })
            })
            .collect()
    }

    /// Whether this person may make tickets.
    pub(crate) fn may_invite(&self) -> bool {
        self.is_active() && self.authority().may_manage(&self.device(), &DomainId::settings(&self.place.id))
    }

    /// The members, the owner first, then by name.
    pub(crate) fn members(&self) -> Vec<MemberInfo> {
        let mut members: Vec<(u32, MemberInfo)> = self
            .authority()
            .members()
            .into_iter()
            .map(|member| {
                let person = member.person.person_id();
                let card = self.state.directory.get(&person).cloned().unwrap_or_default();
                let name = if card.name.is_empty() { person.short() } else { card.name };
                let devices = member.devices.iter().map(|device| (device.device.device_id(), device.name.clone()));
                let info = MemberInfo {
                    person,
                    name,
                    organisation: card.organisation,
                    email: card.email,
                    roles: member.roles.clone(),
                    devices: devices.collect(),
                    is_me: person == self.me(),
                };
                (member.rank, info)
            })
            .collect();
        members.sort_by(|(rank_a, a), (rank_b, b)| (rank_a, &a.name, a.person).cmp(&(rank_b, &b.name, b.person)));
        members.into_iter().map(|(_, member)| member).collect()
    }

    /// A line for the list of projects.
    pub(crate) fn summary(&self) -> ProjectSummary {
        let name = match self.waiting() {
            Some(waiting) if self.settings().name.is_empty() => waiting.name.clone(),
            _ => self.settings().name.clone(),
        };
        let me = self.me();
        let roles = self.authority().members().into_iter().find(|member| member.person.person_id() == me);
        ProjectSummary {
            id: self.id(),
            name,
            state: match () {
                () if self.is_removed() => "removed",
                () if self.is_active() => "active",
                () => "pending",
            }
            .to_owned(),
            roles: roles.map_or_else(Vec::new, |member| member.roles),
            documents: self.readable_folders().iter().map(|(_, view)| view.counts().documents as u64).sum(),
        }
    }
}
